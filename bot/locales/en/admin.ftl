### For the staff.

board =
    <b>Kill switches</b>
    ENABLED permits, HALTED forbids. Halting takes effect at once; resuming asks again.
board-line = { $enabled ->
        [true] 🟢 <b>{ $key }</b> ENABLED
       *[other] 🔴 <b>{ $key }</b> HALTED
    }
board-since = { "   " }since { $at }, by { $actor }: { $reason }
board-missing = { "   " }its row is missing, so it counts as HALTED
board-halt = 🔴 Halt { $key }
board-resume = 🟢 Resume { $key }
board-init = Create the missing rows, HALTED
board-usage =
    I understand:
    /killswitch
    /killswitch halt payouts &lt;reason&gt;
    /killswitch resume payouts &lt;reason&gt;
    The switches are: { $switches }.
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
board-halted = 🔴 <b>{ $key }</b> is HALTED. Nothing that it forbids happens from now on.
board-halted-already = 🔴 <b>{ $key }</b> was HALTED already.
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
books-offences =
    ❗️ <b>Books: { $many ->
        [one] { $many } offence
       *[other] { $many } offences
    }</b>
books-offence = { $invariant }: { $subject } – { $detail }
books-more = … and { $many } more; see <code>holdfast books check</code>.
