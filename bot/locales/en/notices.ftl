### What is owed to people: sent by itself, never changed, but for the card of a request.

notice-request =
    <b>A booking for { $channel }</b>
    👆 Above is the post, exactly as it will appear.

    Price: { $price } ⭐, fee { $fee } ⭐: <b>you get { $payout } ⭐</b>
    Stays: { $stay }
    Goes out: { $when }
    Please answer by { $until }. Without an answer the advertiser gets the money back.
notice-approved = 👍 <b>{ $channel }</b> approved your post. It will be published { $when }.
notice-published =
    <b>Published in { $channel }</b>: { $link }
    { $state }
    { $money }
notice-failed =
    ✖️ The placement in <b>{ $channel }</b> will not be published: { $reason }.{ $note }
    { $side ->
        [advertiser] The whole price comes back to your wallet.
       *[other] Nothing is expected of you.
    }
notice-changed =
    ✏️ The post in <b>{ $channel }</b> is not what was published any more.
    { $side ->
        [advertiser] The publisher has until { $until } to restore it. If it is not restored, it counts as taken down.
       *[other] Please restore it exactly by { $until }: then all is well. The time for this is one for the whole placement: what is used of it is used up. If it is not restored, it counts as taken down.
    }
notice-restored = ✅ The post in <b>{ $channel }</b> is again what was published. The placement goes on.
notice-shortened =
    ⚠️ The post in <b>{ $channel }</b> stayed for { $time } instead of { $hours } h.
    Of the price { $share } ⭐ are for that time; { $rebate } ⭐ go back to the advertiser.
notice-removed =
    ⚠️ The post in <b>{ $channel }</b> was taken down or changed before its time.
    { $side ->
        [advertiser] The whole price comes back to your wallet.
       *[other] So it is not paid: the price goes back to the advertiser.
    }
notice-late =
    ⏰ Your post for <b>{ $channel }</b> could not be published on time: it is more than half an hour late.
    Shall it still be published? It can be until { $until }. If you do not answer, it is not, and { $price } ⭐ come back to you.
notice-rights-missing =
    ⚠️ A post is due in <b>{ $channel }</b>, and I lack the rights to publish it.
    Make me an admin who may post, edit and delete messages, and it goes out. If not by { $until }, the advertiser gets the money back.
notice-not-pinned =
    📌 The post in <b>{ $channel }</b> is published, but I could not pin it.
    { $side ->
        [publisher] Please pin it yourself: the advertiser paid for it.
       *[other] Please see to it: the advertiser paid for it.
    }
notice-paid =
    💰 <b>+{ $payout } ⭐</b> for the post in <b>{ $channel }</b>.
    Price { $amount } ⭐, fee { $fee } ⭐{ $rebate ->
        [0] .
       *[other] ; { $rebate } ⭐ went back to the advertiser.
    }
notice-served = { $rebate ->
        [0] 🏁 Your post in <b>{ $channel }</b> stayed as long as it was meant to. Paid: { $amount } ⭐, of it { $fee } ⭐ fee.
       *[other] ↩️ <b>+{ $rebate } ⭐</b> returned to your wallet for your post in <b>{ $channel }</b>, of which only a part is paid. Of { $amount } ⭐ the publisher gets { $payout } ⭐, the fee is { $fee } ⭐.
    }
notice-refunded = ↩️ <b>+{ $amount } ⭐</b> returned to your wallet for the placement in <b>{ $channel }</b>.
notice-deposit-credited = ➕ <b>+{ $amount } ⭐</b> in your wallet.
note = { " " }They say: “{ $note }”
notice-countersign = ✍️ <b>Another admin asks for your signature</b>
notice-countersigned = ✅ <b>Signed: you may do it now</b>
notice-charged-back =
    ⛔️ Telegram took { $amount } ⭐ of your top-up back, so they leave your wallet, as far as they are there. Until this is cleared up you can no longer book, approve, list or withdraw here. What runs goes on, and is paid as it is owed.
    If you think this is a mistake, write /report.
notice-taken-back = ⚠️ Telegram took { $amount } ⭐ back from user { $user }. The user is blocked; the money follows by itself.
notice-loss =
    ⚠️ <b>The house lost { $lost } ⭐</b>: Telegram took { $amount } ⭐ back from user { $user }, and the wallet no longer held { $lost } ⭐ of them.
    Their money in placements: { $escrows } ⭐, in a withdrawal: { $withdrawals } ⭐. What comes back from there lands in the wallet, and stays there until an admin moves it to the losses: <code>/books adjust KEY user:{ $user }:XTR losses:XTR AMOUNT evidence</code>. Look at it before you unblock.
loss-look = 👤 Open the person
notice-reminder = ⏰ <b>{ $hours ->
        [one] Only { $hours } hour is left to answer.
       *[other] Only { $hours } hours are left to answer.
    }</b>
notice-completed =
    🏁 Your campaign is over. Served: { $served } { $served ->
        [one] placement
       *[other] placements
    }, refunded: { $refunded } { $refunded ->
        [one] placement
       *[other] placements
    }.
    Spent: { $spent } ⭐. Back in your wallet: { $back } ⭐.
notice-channel-lost =
    ⚠️ I have lost rights that I need in <b>{ $channel }</b>, so it has left the catalogue.
    Make me an admin who may post, edit and delete messages, and it returns by itself.
notice-channel-back = ✅ I have all my rights in <b>{ $channel }</b> again.
notice-overdue =
    ⌛ Placement { $id } in <b>{ $channel }</b> ({ $price } ⭐) is past its time, and it is not known whether the post was published.
    The money stays held until somebody decides.
notice-stars-differ =
    ⚠️ Deposit { $id } is not what Telegram's book says. Ours: { $amount } ⭐ from user { $user }. Telegram's: { $paid } ⭐ from user { $payer }.
    Nothing was moved.
notice-stars-missing =
    ⚠️ Deposit { $id }, { $amount } ⭐ from user { $user }, is not in Telegram's book of Stars.
notice-uncertain =
    🔎 <b>Is this post in { $channel }?</b>
    👆 Above is the post. Telegram did not say whether it took it, so I cannot tell whether it was published.
    If you see it in the channel, forward it to me from there and you are paid as usual. If it is not there, please do not publish it yourself: nothing is expected of you.
notice-unseen =
    👁 <b>Job { $id } needs a verdict.</b> Its post went up in <b>{ $channel }</b>, and I can no longer see whether it is there; the money stays held.
    Look into the channel, then decide. The post is in /review.
notice-unclear =
    🔎 <b>Job { $id } needs a verdict.</b> Nobody can tell whether its post is in <b>{ $channel }</b>; the money stays held.
    { $note ->
        [none] The searches could not see enough.
       *[other] Why: <code>{ $note }</code>
    }
    Look into the channel, then decide. The post is in /review.
notice-contested =
    ⚠️ <b>Job { $id } needs a verdict.</b> Telegram took its post in <b>{ $channel }</b> as { $link }, and by an earlier decision that is the post of placement { $other }. One of the two is wrong; the money of { $id } stays held.
    Look into the channel. If the message is the post of { $id }, first say that the post of { $other } is gone, unless its money has moved already; then say that this one is there.
notice-turned-up =
    ⚠️ A post that must not be there turned up in <b>{ $channel }</b>: { $link }
    It is taken down by itself. Its placement has its post, or was given back.
notice-stays-up =
    ❗️ A post that must not be there stays in <b>{ $channel }</b>: { $link }
    Telegram does not let me delete it. Please ask the channel's admins to.
notice-rollback =
    🛑 <b>Halted by itself</b>: { $halted }.
    { $criterion ->
        [invariant] The books do not hold: { $many ->
            [one] one invariant is broken
           *[other] { $many } invariants are broken
        } ({ $who }).
        [stuck] { $many ->
            [one] One placement is
           *[other] { $many } placements are
        } still not published 15 minutes past the deadline ({ $who }).
        [failing] Publishing fails: { $many ->
            [one] one job
           *[other] { $many } jobs
        } failed lately.
        [unrefunded] { $many ->
            [one] A failed placement is
           *[other] { $many } failed placements are
        } not refunded though the money may move ({ $who }).
       *[outage] Telegram does not answer: { $many ->
            [one] one call
           *[other] { $many } calls
        } failed within three minutes.
    }
    { $criterion ->
        [invariant] What to do: <code>holdfast books check</code> names every offender; mend it as the runbook says (ledger violation), check again, then resume.
        [stuck] What to do: <code>holdfast jobs review</code>; see that the workers run, or fail what was never started as the runbook says (stuck escrows), then resume.
        [failing] What to do: <code>holdfast jobs review</code> shows why they failed. Mend the cause, then resume.
        [unrefunded] What to do: <code>holdfast books check</code>; see that the scheduler runs, then resume.
       *[outage] What to do: wait until Telegram answers again; then resume telegram_posting, worker_post, new_escrows and last payouts.
    }
    The board: /killswitch
notice-digest =
    📊 <b>{ $day }</b> (UTC)
    Booked: { $bookings ->
        [0] nothing
        [one] one placement for { $booked } ⭐
       *[other] { $bookings } placements for { $booked } ⭐
    }
    Published: { $published ->
        [0] nothing
        [one] one post
       *[other] { $published } posts
    }{ $failed ->
        [0] { "" }
        [one] ; one placement failed
       *[other] ; { $failed } placements failed
    }
    Paid out: { $payouts ->
        [0] nothing
        [one] { $paid } ⭐ for one placement
       *[other] { $paid } ⭐ for { $payouts } placements
    }; fees: { $fees } ⭐
    Given back: { $refunded ->
        [0] nothing
       *[other] { $refunded } ⭐ ({ $refunds ->
            [one] one refund
           *[other] { $refunds } refunds
        })
    }
    Topped up: { $deposits ->
        [0] nothing
        [one] { $deposited } ⭐, once
       *[other] { $deposited } ⭐ in { $deposits } deposits
    }
    Refused: { $refusals ->
        [0] nothing
        [one] one request
       *[other] { $refusals } requests
    }

    <b>Now</b>
    Held: { $held ->
        [0] nothing
        [one] { $held_amount } ⭐ for one placement
       *[other] { $held_amount } ⭐ for { $held } placements
    }
    To be looked at: { $review ->
        [0] nothing
        [one] one job
       *[other] { $review } jobs
    }{ $uncertain ->
        [0] { "" }
        [one] , one of them uncertain
       *[other] , { $uncertain } of them uncertain
    }
    { $halted ->
        [none] 🟢 All switches are ENABLED
       *[other] 🔴 HALTED: { $halted }
    }
    { $offences ->
        [0] ✅ Books: clean
        [one] ❗️ Books: one offence
       *[other] ❗️ Books: { $offences } offences
    }; { $checked ->
        [never] never looked at as a whole
       *[other] the whole was last looked at { $checked }
    }
    { $covered ->
        [true] 🏦 Reserves: { $owed } ⭐ are owed and covered, { $cover } ⭐ to spare
        [false] ❗️ Reserves: { $owed } ⭐ are owed, { $cover } ⭐ are not covered
       *[unknown] 🏦 Reserves: Telegram did not say what the bot holds
    }
