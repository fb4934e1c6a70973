### What was refused, and what one can do about it. `error-<refusal>`, with the refusal's facts.

error-not-allowed = You may not do this. If you think you should, write /report.
error-not-found = I cannot find this, or it is not yours. It may have changed; see /menu.
error-halted = { $switch ->
        [new_escrows] New bookings are paused for the moment. Your balance is untouched, your draft is kept: please try again later.
        [money_movement] Money is not moving for the moment. Your balance is untouched; please try again later.
        [payouts] Payouts are paused for the moment. What was earned is safe and will be paid.
        [withdrawals] Withdrawals are paused for the moment. Your balance is untouched.
       *[other] This is paused for the moment. Your balance is untouched; please try again later.
    }
error-out-of-range = { $what ->
        [amount] The amount must be a whole number of Stars, from { $least } to { $most }.
        [price] The price must be a whole number of Stars, from { $least } to { $most }.
        [hours] The hours must be a whole number from { $least } to { $most }.
        [message] Please send the post's link, or its number in the channel.
        [reason] Please give a reason, between { $least } and { $most } characters.
        [destination] Please say in { $least } to { $most } characters where it is to be paid.
        [reference] Please write the provider's reference, in { $least } to { $most } characters.
        [limit] A switch's limit is a whole number from { $least } to { $most }. To let nothing through, halt the switch.
        [share] Please write a part like 30%, or a whole number of Stars from { $least } to { $most }.
        [evidence] Please say what others can check, in { $least } to { $most } characters.
        [key] Please give it a name of its own, like a ticket's number, in { $least } to { $most } characters.
        [report] Please write between { $least } and { $most } characters.
       *[other] It must be between { $least } and { $most }.
    }
error-wrong-state = { $noun ->
        [review] { $status ->
            [open] This job is not over yet; it needs a verdict.
           *[other] Nobody has to look at this job: it ended as one of its sides wanted.
        }
        [post_jobs] { $status ->
            [failed] It is too late for this: the post will not be published, and the money goes back.
            [disputed] A dispute about it is open: it is decided there.
            [queued] Its post has not been sent: it goes out when it is due, or fails at its deadline and the money goes back.
           *[other] It is too late for this: the post is already on its way or done.
        }
        [campaign_targets] { $status ->
            [approved] This placement was already approved.
            [declined] This placement was already declined.
            [expired] The time to answer is over; the advertiser has the money back.
            [cancelled] The advertiser has taken this placement back.
           *[other] This placement has moved on, so this can no longer be done.
        }
        [disputes] { $status ->
            [talks] A dispute about it is open, and both sides can still agree.
            [judging] The dispute waits for a judge.
            [decided] The dispute is decided already; what is left is to accept or to appeal.
            [accepted] Your side has accepted the decision already.
            [appealed] The dispute waits for another judge, who decides for good.
            [settled] Both sides have agreed already.
            [final] The dispute is decided for good.
            [withdrawn] Your side has opened a dispute about it and taken it back; it cannot open another.
           *[moot] The post was found gone, so the whole price goes back.
        }
        [proposals] { $status ->
            [accepted] Both sides have agreed already.
            [declined] You have declined this already.
            [expired] The time to answer this is over.
           *[other] This was settled otherwise meanwhile.
        }
        [countersigns] { $status ->
            [asked] No other admin has signed this yet.
            [signed] Another admin has signed this already.
            [used] This was signed and done already; it serves once.
           *[other] Its time is over. If it is still wanted, it has to be asked for again.
        }
        [withdrawals] { $status ->
            [requested] This withdrawal has not been approved yet.
            [approved] This withdrawal was approved already.
            [sending] This withdrawal is being paid already.
            [uncertain] Nobody can tell yet whether this withdrawal was paid.
            [paid] This withdrawal was paid already.
            [rejected] This withdrawal was rejected, and the Stars went back.
            [cancelled] This withdrawal was taken back by its person.
           *[other] This withdrawal did not arrive, and the Stars went back.
        }
        [tickets] This ticket was closed already, with another answer.
       *[other] This has moved on, so it can no longer be done ({ $status }).
    }
error-unknown-time-zone = I do not know the time zone “{ $name }”. Write it like <code>Europe/Berlin</code> or <code>Asia/Tbilisi</code>.
error-unknown-language = I do not speak “{ $name }” yet.
error-held-back = What this post needs to be published is not given just now; it waits.
error-overdue = It is too late: this post can no longer be published, and the whole price comes back to you.
error-not-publishable = { $kind ->
        [voice] A voice message
        [video_note] A video message
        [audio] A music file
        [sticker] A sticker
        [poll] A poll
       *[other] This kind of message
    } cannot be published here. Send a text; a photo, video, animation or file with a caption; or an album of them.
error-bad-album = An album has at most { $most } items: photos and videos together, or files alone. Please send it anew.
error-second-caption = An album has one caption. Please send it anew, with the caption under one item only.
error-buttons-under-album = Telegram shows no buttons under an album.
error-lease-lost = Another worker has taken this over.
error-not-served = It has not been served and confirmed yet ({ $status }).
error-not-failed = It has not failed, so there is nothing to return ({ $status }).
error-not-enough-money = This costs { $needed } ⭐ and you have { $available } ⭐. Top up, then press <b>Book</b> again: your draft is kept.
error-over-limit = { $what ->
        [amount] For now only placements up to { $most } ⭐ can be booked. Your balance is untouched.
       *[other] For now only { $most } placements can be open at once. Your balance is untouched; please try again later.
    }
error-bad-deposit = You can top up with { $least } to { $most } Stars, in whole numbers. For example: <code>/deposit 1000</code>
error-bad-amount = This is not an amount I can read. Write a whole number of Stars, for example <code>1000</code>.
error-charge-mismatch = This payment was reported before with other facts, so it was not counted again. Please write /paysupport.
error-invoice-mismatch = This invoice is not yours, or it is paid already. Please make a new one: /deposit
error-not-a-channel = I cannot see this channel (yet). If Telegram is just adding me, wait a moment: I will write as soon as I am in. If not, make me an admin of the channel and forward me a post of it: /addchannel
error-missing-rights = In <b>{ $channel }</b> I lack the right to { $rights }. Give it to me in the channel's list of admins, then try again.
error-not-channel-admin = Only an admin of <b>{ $channel }</b> can list it, and Telegram says you are not one.
error-listed-by-another = <b>{ $channel }</b> was already listed by somebody else. If it is yours, write /report.
error-answer-too-late = The time to answer is over; the advertiser has the money back.
error-changed = This placement has changed since you were shown it. Here it is as it is now.
error-reason-too-long = At most { $most } characters, please.
error-empty-post = There is nothing in it that I could publish. Send a text, or a photo, video, animation or file with a caption.
error-text-too-long = The text has { $length } characters, and Telegram takes at most { $most } here. Please shorten it and send it again.
error-too-many-buttons = At most { $most } rows of buttons, please.
error-bad-link = “{ $link }” is not a link that a button can open. Write each as <code>Our shop - https://example.com</code>.
error-bad-label = A button's label has 1 to { $most } characters.
error-not-listed = This channel takes no bookings just now. Please choose another one: /catalog
error-own-channel = This is your own channel; you can only book others.
error-bad-slot = This time is past, or more than { $days } days ahead. Please choose another.
error-unreadable-time = I cannot read “{ $words }” as a time. Write <code>18:30</code>, <code>tomorrow 18:30</code> or <code>2026-03-02 18:30</code>.
error-no-evidence = A verdict needs a reason that others can check, and a post needs its message number.
error-message-taken = Message { NUMBER($message, useGrouping: 0) } is the post of placement { NUMBER($job, useGrouping: 0) } already; a message serves one placement. Please look at the number again.
error-telegram-refused = Telegram would not take this: { $words }. Please change it and try again.
error-unexpected = Something went wrong on our side. Your money is safe; please try again in a moment.
right-can_post_messages = post messages
right-can_edit_messages = edit messages
right-can_delete_messages = delete messages
error-needs-countersign = This needs the signature of a second admin.
error-bad-countersign = This signature does not serve here: it is for something else or somebody else, not signed, used, too old, its signer is no admin any more, or it serves only in the shell.
error-own-countersign = You asked for this signature yourself; another admin has to give it.
error-own-withdrawal = Whoever is to be paid neither signs for this withdrawal nor says that it goes back; another admin has to.
error-needs-owner = This touches the books themselves and runs only from the shell, through the owner's database address.
error-key-taken = The key “{ $used }” was used for another adjustment.
error-not-adjustable = “{ $wallet }” cannot be adjusted: what is set aside moves only with its placement or withdrawal.
error-same-wallet = An adjustment moves between two different wallets, and “{ $wallet }” is named twice.
error-wallet-short = “{ $wallet }” holds { $available } ⭐, and { $needed } ⭐ are to leave it. It may not go below zero.
error-nothing-to-repair = “{ $subject }” is as it should be, or this repair does not mend it.
error-overdrawn = The entries of “{ $wallet }” come to { $short } ⭐ below zero, and it may not be. First move so much into it with an adjustment (from “losses”, say), then repeat this.
error-repair-first = Entry { NUMBER($entry, useGrouping: 0) } in “{ $wallet }” is not its transfer's. Repair that entry first, then repeat this if it is still needed.
error-added-to-set-aside = Entry { NUMBER($entry, useGrouping: 0) } was added to “{ $wallet }”, which is set aside and moves only with its placement or withdrawal: no counterpart puts that right. Nothing was changed. Keep the house halted, and restore the database from before the forgery, or have its owner take that entry out (runbook, “Wallet Balance Mismatch”).
error-transfer-uneven = The entries of the transfer “{ $transfer }” do not say what it was: more than one of them was changed, is missing, or the transfer itself was changed. Nothing was changed now. Compare it with a backup and restore from that.
error-sealed-as-it-is = Entry { NUMBER($entry, useGrouping: 0) } was changed before a checkpoint sealed it, so setting it right would break the seal. Nothing was changed. Compare it with a backup and restore from that.
error-no-counterpart = No wallet of the house can take the counterpart of entry { NUMBER($entry, useGrouping: 0) }. Move { $needed } ⭐ into “suspense” with an adjustment first, then repeat this.
error-not-this-post = This is not the post I am looking for: its content differs, or it is older. Please forward the very post, from the channel.
error-not-seen = I cannot see this post in the channel just now. Is it still there, and may I edit messages there? Then forward it once more in a few minutes.
error-being-sent = Another post is being published in this channel just now, and this may be that one. Nothing was changed: please try again in a minute.
error-another-message = This post is message { NUMBER($message, useGrouping: 0) }: so Telegram said, or an earlier decision. Is it not there? Then decide that instead.
error-not-there-yet = Message { NUMBER($message, useGrouping: 0) } cannot be in this channel yet: the newest I saw there is { NUMBER($newest, useGrouping: 0) }. Please look at the number again. If it is there, I know as soon as anybody posts in the channel; then try again.
error-another-channel = This link leads to another channel; the post was booked in <b>{ $channel }</b>. Please send a link from there, or only the message's number.
