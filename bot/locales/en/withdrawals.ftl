### Withdrawals: asked for by those who earned, decided and paid by hand by the admins.

command-withdraw = Withdraw what you earned
menu-withdraw = 🏧 Withdraw
menu-withdrawals = 🧾 My withdrawals
wallet-withdrawing = Set aside for a withdrawal: { $amount } ⭐
withdraw-none =
    <b>Withdraw</b>
    Available to withdraw: { $available } ⭐, and the least is { $least } ⭐. What you earn with placements can be withdrawn once it has matured (see your wallet); what you topped up can be spent here.
withdraw-amount =
    <b>Withdraw</b>
    How many Stars? Write a whole number, from { $least } to { $available }.
withdraw-all = All { $available } ⭐
withdraw-destination =
    <b>Where to?</b>
    An admin pays { $amount } ⭐ by hand. Write where and how: the network and address, or the bank and account. At most 300 characters. Check it well: it cannot be changed afterwards.
withdraw-confirm =
    <b>Withdraw { $amount } ⭐?</b>
    Where to: { $destination }
    Left in your wallet: { $after } ⭐
    { $waits ->
        [true] It can be paid once an admin has approved it; as your first withdrawal not before { $since }.
       *[other] It can be paid as soon as an admin has approved it.
    }
    The Stars are set aside at once. You can take it back until it is decided.
withdraw-yes = ✅ Withdraw { $amount } ⭐
withdraw-done = ✅ <b>Asked for.</b> The admins are told. You will be told here what becomes of it.
withdrawals = <b>Your withdrawals</b>: { $total ->
        [0] none yet.
       *[other] { $total }
    }
withdrawal-line = { $status ->
        [requested] 🕒
        [approved] 👍
        [sending] 📤
        [uncertain] ❔
        [paid] ✅
        [rejected] ✖️
        [cancelled] ↩️
       *[returned] ↩️
    } { $id } · { $amount } ⭐
withdrawal =
    🏧 <b>Withdrawal { $id }</b>, { $amount } ⭐
    Where to: { $to }
    Asked for: { $at }
    { $state }
withdrawal-state = { $status ->
        [requested] 🕒 Waits for an admin. { $waits ->
            [true] As your first withdrawal it can be approved from { $since }.
           *[other] The Stars are set aside.
        }
        [approved] 👍 Approved; it will be paid by hand.
        [sending] 📤 It is being paid.
        [uncertain] ❔ Nobody can tell yet whether the payment went through; it is looked into. The Stars stay set aside.
        [paid] ✅ Paid. Reference: <code>{ $reference }</code>
        [rejected] ✖️ Not paid: { $note }. The Stars are back in your wallet.
        [cancelled] ↩️ You took it back. The Stars are in your wallet.
       *[returned] ↩️ It did not arrive: { $note }. The Stars are back in your wallet.
    }
withdrawal-cancel = ↩️ Take it back
withdrawal-cancel-ask = <b>Take it back?</b> The Stars return to your wallet at once. You can ask again at any time.
withdrawal-sure = ↩️ Yes, take it back
withdrawal-look = 🏧 Open the withdrawal

notice-withdrawal =
    🏧 <b>Withdrawal { $id }</b>: { $name } ({ $user }) asks for { $amount } ⭐.
    It waits for an admin.
notice-withdrawal-approved = 👍 Your withdrawal { $id } of <b>{ $amount } ⭐</b> is approved. It will be paid by hand; you will be told here.
notice-withdrawal-paid =
    ✅ <b>Paid: { $amount } ⭐</b>, withdrawal { $id }.
    Reference of the payment: <code>{ $reference }</code>
    Did it not arrive? /report
notice-withdrawal-uncertain = ❔ Your withdrawal { $id } of <b>{ $amount } ⭐</b>: nobody can tell yet whether the payment went through. It is looked into, and the Stars stay set aside until that is known. You need not do anything.
notice-withdrawal-back = { $how ->
        [rejected] ✖️ Your withdrawal { $id } was not approved: { $note }.
        [cancelled] ↩️ You took your withdrawal { $id } back.
       *[returned] ↩️ Your withdrawal { $id } did not arrive: { $note }.
    } <b>{ $amount } ⭐</b> are back in your wallet.

desk-to-pay = 🏧 Withdrawals: { $many }
desk-list-to-pay = <b>Withdrawals</b> that are open: { $total ->
        [0] none.
       *[other] { $total }, the oldest first.
    }
desk-list-ended-withdrawals = <b>Withdrawals</b> that have ended: { $total ->
        [0] none yet.
       *[other] { $total }, the newest first.
    }
desk-to-to-pay = 🏧 Open withdrawals
desk-to-ended-withdrawals = ✅ Ended withdrawals
desk-withdrawal = { $id } · { $name } · { $amount } ⭐ · { $status }
case-withdrawal =
    🏧 <b>Withdrawal { $id }</b> of { $name } (<code>{ $user }</code>): <b>{ $amount } ⭐</b>, { $status ->
        [requested] waits for an admin
        [approved] approved, to be paid
        [sending] is being paid
        [uncertain] nobody knows whether it was paid
        [paid] paid
        [rejected] rejected
        [cancelled] taken back
       *[returned] did not arrive
    }
    Pay to: <code>{ $to }</code>
    Asked for: { $at }
    May be approved from: { $since }
    Approved by: { $approved }
    Being paid by: { $sending }
    Ended by: { $ended }
    Reference: <code>{ $reference }</code>
    Note: { $note }
case-withdrawal-blocked = ⛔️ Its person is blocked since { $at }.
handle-approve = 👍 Approve
handle-send = 📤 I pay it now
handle-reject = ✖️ Reject
handle-paid = ✅ It is paid
handle-uncertain = ❔ Nobody can tell
handle-returned = ↩️ It did not arrive
handle-ask = { $deed ->
        [paid] <b>Withdrawal { $id } is paid:</b> under which reference? Write what the provider calls the payment. It pays this withdrawal and no other; its person is told.
        [reject] <b>Reject withdrawal { $id }?</b> Why? The Stars go back, and its person is told in your words.
        [uncertain] <b>Nobody can tell whether withdrawal { $id } was paid?</b> What happened? The audit trail keeps your words. It must not be paid again until this is known.
       *[returned] <b>Withdrawal { $id } did not arrive?</b> How can others check that? The Stars go back, and its person is told in your words.
    }
act-withdrawals-approve =
    Approve withdrawal <b>{ $withdrawal_id }</b> of <code>user:{ $user }</code>: <b>{ $amount } ⭐</b>
    To be paid to: { $destination }
act-withdrawals-reject =
    Reject withdrawal <b>{ $withdrawal_id }</b> of <code>user:{ $user }</code>, which was approved: <b>{ $amount } ⭐</b> go back
    Make sure that nobody has paid it. Reason: { $reason }
act-withdrawals-give_back =
    Withdrawal <b>{ $withdrawal_id }</b> of <code>user:{ $user }</code> did not arrive: <b>{ $amount } ⭐</b> go back
    Evidence: { $reason }

error-too-little = The least that can be withdrawn is { $least } ⭐.
error-not-earned = You asked for { $asked } ⭐; available to withdraw are { $available } ⭐. What still matures can be withdrawn later.
error-already-withdrawing = Another withdrawal of yours is open. One at a time: see it in your wallet; you can take it back until it is decided.
error-too-early = { $hours ->
        [one] This is a first withdrawal. It can be approved in less than { $hours } hour.
       *[other] This is a first withdrawal. It can be approved in less than { $hours } hours.
    }
error-being-paid = Another admin ({ $by }) is paying it and says what came of it. Do not pay it too. If they cannot be asked, say first that nobody can tell.
error-paid-otherwise = It was paid already, under the reference “{ $reference }”. Was it paid twice? Tell the other admins.
error-reference-taken = The reference “{ $reference }” has paid { $other } already. A payment pays one withdrawal: check the number.
