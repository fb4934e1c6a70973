### For the staff.

board =
    <b>Kill switches</b>
    ENABLED permits, HALTED forbids. Halting takes effect at once; resuming asks again.
board-line = { $enabled ->
        [true] 🟢 <b>{ $key }</b> ENABLED
       *[other] 🔴 <b>{ $key }</b> HALTED
    }
board-since = { "   " }since { $at }, by { $actor }: { $reason }
board-limit = { "   " }within a limit: { $max_amount ->
        [none] any price
       *[other] up to { $max_amount } ⭐ each
    }, { $max_open ->
        [none] any number
       *[other] at most { $max_open } open at once
    }
board-limit-stays = Its limit stays. The launch's last step clears it, or an admin at the shell: <code>holdfast switch resume { $key } REASON --as ADMIN_ID --unlimited</code>
board-missing = { "   " }its row is missing, so it counts as HALTED
board-halt = 🔴 Halt { $key }
board-resume = 🟢 Resume { $key }
board-init = Create the missing rows, HALTED
board-usage =
    I understand:
    /killswitch
    /killswitch halt payouts &lt;reason&gt;
    /killswitch halt all &lt;reason&gt;
    /killswitch resume payouts &lt;reason&gt;
    The switches are: { $switches }. To halt, the reason may be left out.
board-on =
    <b>on</b> is not a word I act on: to some it means that the switch stops things, to others that things run.
    What shall become of <b>{ $key }</b>?
board-on-halt = 🔴 Halt: forbid it now
board-on-resume = 🟢 Resume: permit it again
board-sure =
    <b>Resume { $key }?</b>
    { $does }
    Reason: { $reason }
board-sure-yes = 🟢 Yes, resume { $key }
board-stale = This was asked about an earlier halt, or with another reason. Nothing is resumed yet.
board-halted = 🔴 <b>{ $key }</b> is HALTED. Nothing that it forbids happens from now on.
board-halted-already = 🔴 <b>{ $key }</b> was HALTED already.
board-halted-all = { $many ->
        [0] 🔴 All of them were HALTED already.
       *[other] 🔴 HALTED: <b>{ $switches }</b>. From now on nothing happens that a switch forbids.
    }
board-resumed = 🟢 <b>{ $key }</b> is ENABLED.
board-resumed-already = 🟢 <b>{ $key }</b> was ENABLED already.
board-reason = from the board
switch-does = { $key ->
        [payouts] Publishers are paid again for what was served.
        [new_escrows] People can book again, and their Stars are held.
        [telegram_posting] Posts are published in channels again.
        [worker_post] Workers take up post jobs again.
        [worker_watchdogs] The watchdogs act again on overdue jobs and lost leases.
        [withdrawals] Withdrawals are paid out again.
        [money_movement] Money moves again: top-ups, holds, payouts, refunds.
       *[other] { $key }
    }
status =
    <b>Status</b>
    Database: reachable ({ $database })
    Halted: { $halted }
    Post jobs: { $jobs }
    Escrows held: { $many }, together { $amount } ⭐
    Oldest: { $oldest }
status-none = none
status-job = { $status } { $many }
books-clean = ✅ <b>Books: clean.</b> Every invariant holds.
books-since = Looked at: what was touched since checkpoint { $number } ({ $at }); its seal vouches for the rest. A full check looks at everything.
books-offences =
    ❗️ <b>Books: { $many ->
        [one] { $many } offence
       *[other] { $many } offences
    }</b>
books-offence = { $invariant }: { $subject } – { $detail }
books-mend = Mending touches a balance or an entry itself, so it runs only from the shell, with the owner's database address:
books-mend-repair = <code>holdfast books repair ENTRY --evidence "…" --as { $admin }</code> (an entry's number, or <code>escrow:ID</code>)
books-mend-rebuild = <code>holdfast books rebuild { $wallet } --evidence "…" --as { $admin }</code>
books-open-full = 🔍 Check everything
books-open-statement = 📄 Statement
books-open-reserves = 🏦 Reserves
books-open-checkpoint = 🔏 Checkpoint
books-open-adjust = ✏️ Adjust
books-usage =
    I understand:
    /books – are they clean?
    /books check – the same, looking at everything
    /books statement user:7:XTR
    /books checkpoint
    /books reserves, or with Stars kept elsewhere: /books reserves 500
    /books adjust KEY SOURCE DESTINATION AMOUNT evidence
books-statement-ask =
    <b>Which wallet?</b>
    Write its address, like <code>user:7:XTR</code>, <code>escrow:42</code> or <code>fees:XTR</code>.
books-statement =
    <b>{ $wallet }</b>
    Balance: <b>{ $balance } ⭐</b>
books-entry = { $at }: <b>{ $sign }{ $amount } ⭐</b>, then { $after } ⭐ – <code>{ $transfer }</code>, entry { $id }
books-no-entries = No entries.
books-no-wallet = There is no wallet “{ $wallet }”. An address looks like <code>user:7:XTR</code>, <code>escrow:42</code>, <code>withdrawal:9</code>, <code>fees:XTR</code>.
books-sealed = 🔏 Checkpoint { $number } is sealed. Whoever changes what is below it breaks its seal.
books-not-sealed = 🔏 <b>Nothing was sealed.</b> A seal vouches for what is below it, and I have looked at everything: this does not hold. Mend it first, then seal.
books-nothing-new = Nothing was appended since the last checkpoint, so there is nothing to seal.
books-reserves =
    <b>Reserves</b>
    Owed to people: { $users } ⭐
    Received, not credited yet: { $received } ⭐
    In suspense: { $suspense } ⭐
    Set aside for placements: { $escrows } ⭐
    Set aside for withdrawals: { $withdrawals } ⭐
    Together: <b>{ $owed } ⭐</b>

    Held at Telegram: { $held } ⭐
    Declared to lie elsewhere: { $outside } ⭐
    { $covered ->
        [true] ✅ Covered; over: { $cover } ⭐
       *[other] ❗️ Not covered; missing: { $cover } ⭐
    }
books-reserves-unseen = Telegram does not say what I hold just now. Please try again in a moment.
books-adjust-usage =
    <b>A correction from one wallet to another</b>
    <code>/books adjust KEY SOURCE DESTINATION AMOUNT evidence</code>
    For example: <code>/books adjust ticket-12 suspense:XTR user:7:XTR 50 letter of 2 March, receipt attached</code>

    The key (up to { $key } characters) makes it unique: the same key never moves money twice. The amount is a whole number of Stars. The evidence (up to { $evidence } characters) is what others can check.
books-adjust-sure =
    <b>Move { $amount } ⭐?</b>
    From <code>{ $source }</code>: { $before } ⭐, afterwards <b>{ $left } ⭐</b>
    To <code>{ $destination }</code>: { $there } ⭐, afterwards <b>{ $then } ⭐</b>
    Key: <code>{ $key }</code>
    Evidence: { $evidence }

    It cannot be undone, only corrected by another. Nothing has moved yet.
books-adjust-yes = ✏️ Yes, move { $amount } ⭐
books-adjusted =
    ✅ <b>{ $amount } ⭐ moved</b> from <code>{ $source }</code> to <code>{ $destination }</code>
    Key: <code>{ $key }</code>
    Evidence: { $evidence }
books-adjust-made =
    This was done before: { $amount } ⭐ from <code>{ $source }</code> to <code>{ $destination }</code>, key <code>{ $key }</code>. Nothing moves again.
books-adjust-stale = This button is about another adjustment than the one you typed last. Nothing has moved. Please type it again: /books adjust

countersigns =
    <b>Second signatures</b>
    { $total ->
        [0] Nothing waits to be signed or done.
        [one] { $total } act waits to be signed or done.
       *[other] { $total } acts wait to be signed or done.
    }
countersign-line = { $status ->
        [signed] ✅
       *[other] ✍️
    } { $id }: { $act ->
        [kill_switches-resume] resume
        [launch-resume] launch
        [books-adjust] adjustment
        [post_jobs-verdict] verdict
        [withdrawals-approve] withdrawal
        [books-rebuild] rebuild a balance
        [books-repair_entry] repair an entry
        [books-repair_escrow] repair an escrow
       *[other] { $act }
    } · until { $until }
countersign-title = ✍️ <b>A second signature</b>
countersign-asked = Number { $id }, asked for by { $by }, { $at }
countersign-state = { $status ->
        [asked] 🕒 Waits for another admin, until { $until }
        [signed] ✅ Signed by { $signer }. The one who asked may do it, once, until { $until }
        [used] 🏁 Signed by { $signer }, and done { $used }
       *[other] ⌛️ Its time was over { $until }. If it is still wanted, it has to be asked for again
    }
countersign-sign = ✍️ Sign
countersign-later = Not now
countersign-act = ▶️ Do it now
countersign-all = 📋 All signatures
countersign-put-off = All right, not now. It stays in /countersigns until its time is over.
countersign-shell =
    It touches the books themselves, so it runs only from the shell, with the owner's database address:
    { $command ->
        [none] Type it again as it was asked for, with <code>--countersign { $id } --as { $admin }</code>.
       *[other] <code>{ $command }</code>
    }
act-kill_switches-resume =
    Resume <b>{ $keys }</b>
    { $max_amount ->
        [kept] A limit on a placement's price stays as it is
        [none] No limit on a placement's price
       *[other] Only placements up to { $max_amount } ⭐
    }
    { $max_open ->
        [kept] A limit on how many are open stays as it is
        [none] No limit on how many are open
       *[other] At most open at once: { $max_open }
    }
    { $epoch ->
        [none] Its row is missing
       *[other] Ends halt number { $epoch }, and no later one
    }
    Reason: { $reason }
act-launch-resume =
    Resume <b>{ $keys }</b>
    at the step { $step } of the launch's run { $run }
act-books-adjust =
    Move <b>{ $amount } ⭐</b>
    From <code>{ $source }</code>
    To <code>{ $destination }</code>
    Key: <code>{ $key }</code>
    Evidence: { $evidence }
act-post_jobs-verdict =
    Verdict about placement <b>{ $job_id }</b>: { $to ->
        [success] it was published and served
        [failed] it was not published
        [removed] it was taken down or changed before its time
       *[other] { $to }
    }
    { $message_id ->
        [none] No message is named
       *[other] Message { $message_id } in the channel (of an album, the first)
    }
    Evidence: { $evidence }
act-books-rebuild =
    Set the balance of <code>{ $wallet }</code> to the sum of its entries
    Now: { $from } ⭐, afterwards <b>{ $to } ⭐</b>
    Evidence: { $evidence }
act-books-repair_entry =
    { $lawful ->
        [none] Complete entry <b>{ $entry }</b>, { $amount } ⭐ in <code>{ $wallet }</code>, with a counterpart
       *[other] Set entry <b>{ $entry }</b> in <code>{ $wallet }</code> from { $amount } ⭐ to <b>{ $lawful } ⭐</b>, as its transfer says
    }{ $others ->
        [none] { "" }
       *[other] {" "}(together with the entries { $others })
    }
    Evidence: { $evidence }
act-books-repair_escrow =
    Hold escrow <b>{ $escrow }</b> again, which says it is { $from } although its money never moved
    Evidence: { $evidence }
act-unknown =
    <code>{ $act } { $arguments }</code>
    I cannot do this from here; do it where it was asked for.
review = { $total ->
        [0] <b>Review</b>: nothing waits for a person.
        [one] <b>Review</b>: { $total } job to look at. 🔎 and 👁 need a verdict, ✖️ failed for a technical reason.
       *[other] <b>Review</b>: { $total } jobs to look at. 🔎 and 👁 need a verdict, ✖️ failed for a technical reason.
    }
review-line = { $mark } { $id } · { $channel } · { $price } ⭐
review-uncertain = nobody knows yet whether it was published
review-success = it was published, and nobody can see whether it stayed
review-case = 📄 The placement
review-job =
    <b>Job { $id }</b>, { $channel }, { $price } ⭐
    Booked { $at }
    State: { $state }
    Last error: <code>{ $error }</code>
review-search = { $came ->
        [found] { $at } searched { $examined }: found as message { $message }
        [nothing] { $at } searched { $examined }: it is not there
       *[unknown] { $at } searched { $examined }: could not tell ({ $note })
    }
judge-found = ✅ It is there
judge-absent = ✖️ It is not there
judge-served = ✅ It stayed its time
judge-gone = ✖️ It is gone
judge-aside = ☑️ Done with it
menu-review = 🔎 Review
verdict-message =
    <b>Job { $id }</b>: which message of the channel is it?
    Send its link (<code>https://t.me/…/123</code>) or its number; of an album, those of its first message.
verdict-evidence = { $ruling ->
        [aside]
            <b>Job { $id }</b>: what came of it?
            It failed and its price went back; write why it needs nobody any more.
       *[other]
            <b>Job { $id }</b>: how do you know?
            Write it so that others can check it: where you looked, when, what you saw.
    }
verdict-signature =
    <b>Job { $id }</b>: above the limit a verdict needs a second admin.
    It is asked for as number { $countersign }. Once it is signed, press the button.
verdict-again = ✍️ It is signed: decide
verdict-done = { $ruling ->
        [found] ✅ <b>Job { $id }</b> was published. The money follows by itself.
        [served] ✅ <b>Job { $id }</b> has served its time. The money follows by itself.
        [gone] ✖️ <b>Job { $id }</b>: its post is gone. The money follows by itself.
        [aside] ☑️ <b>Job { $id }</b> is no longer in the review.
       *[absent] ✖️ <b>Job { $id }</b> was not published. The money follows by itself.
    }
