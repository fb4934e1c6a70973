### The desk of the staff: queues, search, cards of things, tickets, the audit trail, blocks.

notice-ticket =
    🚩 <b>Ticket { $id }</b> from { $name } ({ $from }):
    { $text }
notice-ticket-closed =
    ✅ <b>Your ticket { $id }</b> is closed: { $evidence }

    <b>Statement</b> of your wallet, <code>{ $wallet }</code>
    Balance: <b>{ $balance } ⭐</b>
    { $many ->
        [0] Your ledger has no entries, so the balance is nothing.
        [one] The sum of its { $many } entry in the ledger: { $entries } ⭐
       *[other] The sum of its { $many } entries in the ledger: { $entries } ⭐
    }
    All of them are in your /wallet. Is something still wrong? /report
ticket-look = 🚩 Open the ticket
error-too-many-tickets = { $most ->
        [one] { $most } ticket of yours is open already. It will be answered first.
       *[other] { $most } tickets of yours are open already. They will be answered first.
    }
error-balance-differs = <code>{ $wallet }</code> says { $balance } ⭐, but its entries sum to { $entries } ⭐. The books have to be mended first (/books); the ticket stays open.
notice-blocked = { $blocked ->
        [true] ⛔️ You can no longer book, approve, list or withdraw here. What runs goes on, and is paid as it is owed. If you think this is a mistake, write /report.
       *[other] ✅ You can book, approve, list and withdraw here again.
    }
notice-channel-blocked = { $blocked ->
        [true] ⛔️ <b>{ $channel }</b> is out of the catalogue: it cannot be booked, nor a booking of it approved. What was approved before goes on, and is paid as it is owed. If you think this is a mistake, write /report.
       *[other] ✅ <b>{ $channel }</b> can be booked again.
    }
notice-retried =
    🔁 <b>Tried again</b>: placement { $old } in <b>{ $channel }</b> failed and was refunded. We have booked it anew for you as placement { $id }, for { $price } ⭐.
    The publisher is asked again. If you do not want it, you can take it back below.
retried-look = 📦 Open it
error-is-admin = This is an admin, named by the settings (HOLDFAST_ADMINS). It is changed there and nowhere else.
error-own-block = Another admin has to unblock you.
error-channel-blocked = <b>{ $channel }</b> takes no new placements for the moment. The Stars go back by themselves when the time to answer is over; you can also decline. If you think this is a mistake, write /report.
error-not-retryable = { $failure ->
        [declined] The publisher did not want it, so it is not tried again. Its advertiser may book another time.
        [repriced] Its sides agreed on another price, and another placement took its place; it is not tried again.
       *[other] Its advertiser took it back, so it is not tried again.
    }
error-unclear-trail =
    I do not understand “{ $words }”. For example:
    /audit who 7
    /audit about placement:42
    /audit act escrow.release since 3d refused

command-admin = The desk of the staff
command-find = Find anything
command-audit = Who did what
command-staff = Admins and operators
command-block = Block a user or a channel
command-unblock = End a block
menu-desk = 🗄 Desk
desk =
    <b>The desk</b>
    What waits for a person, and the way to everything else.
desk-review = 🔎 Review: { $many }
desk-overdue = ⏰ Overdue: { $many }
desk-tickets = 🚩 Tickets: { $many }
desk-countersigns = ✍️ Signatures: { $many }
desk-find = 🔦 Find
desk-audit = 📜 Audit trail
desk-staff = 👥 Staff
desk-status = 📈 Status
desk-board = 🛑 Kill switches
desk-books = 📚 Books
desk-list-overdue = <b>Overdue escrows</b>: { $total ->
        [0] none. Every held price is in time.
        [one] { $total } held price without an outcome, or with one that has not moved.
       *[other] { $total } held prices without an outcome, or with one that has not moved.
    }
desk-list-tickets = <b>Open tickets</b>: { $total ->
        [0] none.
       *[other] { $total }
    }
desk-list-closed-tickets = <b>Closed tickets</b>: { $total ->
        [0] none yet.
       *[other] { $total }
    }
desk-list-staff =
    <b>The staff</b>: { $total }
    Admins (👑) are named by the settings. An admin appoints and dismisses operators (🛟): on a person's card, or with <code>/staff appoint 7 reason</code>. Operators read everything and may halt.
desk-escrow = { $id } · { $channel } · { $amount } ⭐ · { $job }
desk-ticket = { $id } · { $name }: { $words }
desk-to-tickets = 🚩 Open tickets
desk-to-closed-tickets = ✅ Closed tickets
staff-line = { $role ->
        [admin] 👑
       *[other] 🛟
    } { $name ->
        [none] { $id } (has not met the bot)
       *[other] { $name } ({ $id })
    }
staff-usage =
    I understand:
    /staff
    /staff appoint 7 &lt;reason&gt;
    /staff dismiss 7 &lt;reason&gt;
    The number is Telegram's; @name will do too.
block-usage =
    I understand:
    /block 7 &lt;reason&gt;
    /block @name &lt;reason&gt;
    /block channel:3 &lt;reason&gt;
    and the same with /unblock. What runs goes on and is paid as it is owed.
desk-block = ⛔️ Block
desk-unblock = ✅ Unblock
desk-appoint = 🛟 Make an operator
desk-dismiss = ✖️ No longer an operator
desk-close = ✅ Close with a statement
desk-retry = 🔁 Try again as new
desk-sure = 🔁 Yes, book it anew
desk-done = ✅ <b>Done.</b> This is how it stands now:
desk-reason = { $deed ->
        [block] <b>Block { $kind } { $id }?</b> Why? The audit trail keeps your words; the one who is blocked does not see them.
        [unblock] <b>Unblock { $kind } { $id }?</b> Why? The audit trail keeps your words.
        [appoint] <b>Make { $id } an operator?</b> Why? The audit trail keeps your words.
        [dismiss] <b>Is { $id } no longer an operator?</b> Why? The audit trail keeps your words.
        [uphold] <b>Uphold report { $id }?</b> What did you find, and what was done? Its reporter is told in your words.
        [reject] <b>Dismiss report { $id }?</b> Why? Its reporter is told in your words.
       *[close] <b>Close ticket { $id }:</b> what did you find? Its person is told in your words, with a statement of their wallet.
    }
retry-sure = <b>Book it anew?</b> The price is held from the advertiser's wallet again, the publisher is asked again, and the advertiser is told and may take it back. This one stays failed and refunded.

find-ask =
    <b>What are you looking for?</b>
    A number (Telegram's or ours), @name, a link to a channel or a post, a part of a title or a name, <code>placement:42</code>, the key of a transfer, the charge of a payment.
find-found = { $total ->
        [0] Nothing is found for “{ $words }”.
       *[other] <b>Found</b> for “{ $words }”: { $total }
    }
find-again = 🔦 Find something else
find-line = { $kind ->
        [user] 👤 { $name }
        [channel] 📣 { $name }
        [placement] 📦 { $id } · { $name }
        [report] 🚩 { $id } · { $name }
        [transfer] 💸 { $name }
        [deposit] 💳 { $id } · { $name }
        [withdrawal] 🏧 { $id } · { $name }
       *[ticket] 🚩 { $id } · { $name }
    }
find-trail = 📜 Audit trail
case-user =
    👤 <b>{ $name }</b>{ $username ->
        [none] { "" }
       *[other] { " " }@{ $username }
    }, <code>{ $id }</code>
    { $role ->
        [admin] 👑 Admin
        [admin-blocked] 👑 Admin, ⛔️ blocked since { $blocked }
        [operator] 🛟 Operator
        [blocked] ⛔️ Blocked since { $blocked }
       *[other] Here since { $since }
    }
    Wallet: <b>{ $balance } ⭐</b>, held for placements { $held } ⭐{ $lost ->
        [0] { "" }
       *[other] { "" }
            ⚠️ Lost by the house on Stars that were taken back, and not made good yet: <b>{ $lost } ⭐</b>
    }
    Has blocked the bot: { $unreachable }
case-channel =
    📣 <b>{ $title }</b>{ $username ->
        [none] { "" }
       *[other] { " " }@{ $username }
    }, <code>channel:{ $id }</code> (<code>{ $chat }</code>)
    { $state }
    ⛔️ Blocked: { $blocked }
    Owner: { $owner }
    Subscribers: { $subscribers }
    Price: { $price } ⭐, hours: { $hours }
    Courier: { $courier }
    Last visited: { $visited }
case-placement =
    📦 <b>Placement { $id }</b> in <b>{ $channel }</b>, { $price } ⭐ (fee { $fee } ⭐)
    When: { $when }
    Approval: { $approval }
    Job: <b>{ $job }</b>, escrow: <b>{ $escrow }</b>
    Deadline: { $deadline }
    Published: { $published }
    Served: { $served }
    Failed because: { $failure }
    Last error: <code>{ $error }</code>
case-transfer =
    💸 <b>{ $amount } ⭐</b>, { $reason }
    From <code>{ $source }</code>
    To <code>{ $destination }</code>
    Key: <code>{ $key }</code>
    { $at }, by { $actor }
    Act: <code>{ $act }</code>
case-deposit =
    💳 <b>Deposit { $id }</b>, { $amount } ⭐: { $status }
    Charge: <code>{ $charge }</code>
    Invoiced: { $created }
    Received: { $received }
    Credited: { $credited }
    Taken back: { $back }
case-ticket =
    🚩 <b>Ticket { $id }</b> of { $name } (<code>{ $user }</code>)
    Opened { $at } by { $by }
    { $words }
case-ticket-closed =
    ✅ Closed { $at } by { $by }
    { $evidence }
case-ticket-statement = Stated: <code>{ $wallet }</code> { $balance } ⭐; the sum of its { $many } entries { $entries } ⭐
audit =
    <b>Audit trail</b>, newest first: { $wanted }
audit-all = everything
audit-none = Nothing of this kind.
audit-line = { $refusal ->
        [none] ✓
       *[other] ✖️ <b>{ $refusal }</b>
    } { $at } { $who } <b>{ $act }</b> { $about } <i>{ $details }</i> #{ $id }
audit-older = Older ones: <code>/audit { $words }</code>
audit-only-refused = ✖️ Only what was refused
audit-with-done = ✓ What was done, too

word-approval = { $word ->
        [waiting] waiting
        [approved] approved
        [declined] declined
        [expired] expired
       *[cancelled] cancelled
    }
word-deposit = { $word ->
        [invoiced] invoiced
        [received] received
        [credited] credited
       *[reversed] taken back
    }
word-escrow = { $word ->
        [held] held
        [released] released
       *[refunded] refunded
    }
word-job = { $word ->
        [queued] queued
        [sending] sending
        [success] success
        [failed] failed
        [uncertain] uncertain
       *[removed] removed
    }
word-report = { $word ->
        [open] open
        [upheld] upheld
       *[dismissed] dismissed
    }
word-ticket = { $word ->
        [open] open
       *[closed] closed
    }
word-withdrawal = { $word ->
        [requested] requested
        [approved] approved
        [sending] sending
        [uncertain] uncertain
        [paid] paid
        [rejected] rejected
        [cancelled] cancelled
       *[returned] returned
    }
word-transfer = { $word ->
        [deposit] top-up
        [escrow_hold] held for a placement
        [payout] payout
        [fee] fee
        [rebate] part given back
        [refund] refund
        [withdrawal_hold] set aside for a withdrawal
        [withdrawal] withdrawal paid
        [withdrawal_return] withdrawal given back
        [adjustment] adjustment
       *[loss] made up for by the house
    }
