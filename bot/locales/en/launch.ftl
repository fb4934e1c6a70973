### Opening the house by the checklist.

command-launch = Launch by the checklist
launch = { $launch ->
        [0] 🚀 <b>No launch yet</b>. If any step fails, do not launch.
       *[other] 🚀 <b>Launch { $launch }</b>. If any step fails, do not launch.
    }
launch-phase = { $phase ->
        [P0] Before the deployment
        [P1] Deployed with the switches HALTED
        [P2] Smoke tests, no money moves
        [P3] The first small placement
        [P4] Escrow and ledger are verified
        [P5] Payouts are resumed and watched
       *[other] { $phase }
    }
launch-line = { $state ->
        [passed] ✅
        [failed] ❌
        [running] 🕒
        [rolled_back] ↩️
       *[other] ▫️
    } <b>{ $phase }</b> { $words } { $state ->
        [passed] { "" }
        [failed] – failed
        [running] – waits
        [rolled_back] – rolled back
       *[other] { "" }
    }
launch-where = Build <code>{ $build }</code>, database <code>{ $database }</code>
launch-step-line = { $mark } { $words } (<code>{ $step }</code>)
launch-evidence = { "    " }<code>{ $facts }</code>
launch-awaited = { "    " }👉 { $words }
launch-failed = ❌ <b>Do not launch.</b> What this phase had resumed is HALTED again. Once the cause is mended, run the phase again; a new build begins at P0.
launch-failed-last = Before P5 is run again, an admin resumes new_escrows by hand (/killswitch): it keeps its small limit until P5 has passed.
launch-halted = Halted since payouts was resumed, or before in this launch and still: { $halted }. Find out why. When it is over, an admin resumes by hand what is HALTED, but payouts (/killswitch), and P5 is run again. If it is not, roll the launch back.
launch-rolled-back = ↩️ This launch was rolled back: everything that it resumes is HALTED. A new one begins at P0.
launch-open = ✅ Every phase has passed: the house is open.
launch-run = ▶️ Run { $phase }
launch-go-on = 🔄 Go on with { $phase }
launch-refresh = 👁 Look again
launch-all = 🚀 All phases
launch-rollback = ↩️ Roll back
launch-rollback-sure =
    <b>Roll the launch back?</b>
    These are HALTED at once: { $switches }.
    A new launch begins at P0.
launch-rollback-yes = 🔴 Yes, roll it back
launch-usage =
    I understand:
    /launch
    /launch 0 – runs phase 0; 1 to 5 likewise, in their order
    /launch 2 ADVERTISER PUBLISHER CHANNEL – the numbers of two test people, and the publisher's channel (number or @name); perhaps also a PRICE in Stars and the MINUTES that phase 5 watches
    /launch rollback &lt;reason&gt;
launch-post = This is a test post of launch { $launch }. It may be deleted.
launch-step = { $step ->
        [switch-rows] Every kill switch has a row of its own
        [halted] payouts, new_escrows, telegram_posting and worker_post are HALTED
        [no-campaigns] No campaign is active
        [no-jobs] No post job is open
        [no-escrows] No escrow is held
        [migrations] The schema is this build's
        [guards] The database guards itself
        [roles] The application's login may do what it needs, and no more
        [admins] At least two admins can sign
        [still-closed] Everything is still HALTED, and nothing is open
        [database] The database answers
        [redis] Redis answers, or there is none
        [telegram] Telegram answers
        [processes] Every tick was heard since the phase began
        [builds] The processes run this build, and no other
        [seen-halted] The processes see the switches as they are
        [books-clean] The books are clean
        [money-open] money_movement is resumed
        [people] Two test people have started the bot
        [wallets] Both have a wallet
        [channel] The publisher's channel is registered
        [offer] It has an offer of 0 hours at the small price
        [campaign] A test campaign is drafted
        [targets] Two placements are drafted in it
        [hold-blocked] A hold is blocked by new_escrows, and nothing changes
        [release-blocked] A payout is blocked by payouts, and nothing changes
        [nothing-moved] No escrow, no job and no transfer came of it
        [only-money] Of all this only money_movement is ENABLED
        [deposit] The advertiser has paid in
        [escrows-open] new_escrows is resumed, and nothing else, within the small limit
        [hold] One placement is held: the call that was blocked before
        [second-refused] A second one is refused by the limit
        [held-verified] Escrow, ledger and wallets show the hold
        [answered] The publisher has answered
        [posting-open] telegram_posting and worker_post are resumed
        [job-ended] The post job has ended
        [job] The post job succeeded, or failed with a reason
        [escrow] The escrow is due for release, or refunded
        [wallets-agree] Each wallet is the sum of its entries
        [success] The post's success is verified
        [payouts-open] payouts is resumed
        [released] The placement was paid within 60 seconds
        [same-call] The payout that was blocked before is answered, and paid once
        [watch] Nothing stirred while it was watched
        [limit-cleared] The small limit is cleared
        [open] Everything is ENABLED
       *[other] { $step }
    }
launch-wait = { $step ->
        [money-open] Another admin has to sign number { $countersign }: /countersigns
        [people] Have to write /start to the bot: { $absent }
        [channel] User { $publisher } has to add the channel { $channel }: /addchannel
        [deposit] As user { $user }, pay { $stars ->
            [one] { $stars } Star
           *[other] { $stars } Stars
        } or more: /deposit { $stars }
        [answered] User { $user } has to approve the placement: /requests
        [job-ended] The post job is under way; what is uncertain waits in /review
       *[other] It takes a little time. Then look again.
    }
error-not-in-order = { $why ->
        [build] { $needs } passed on another build. A new build begins at P0.
        [database] { $needs } passed on another database. Begin at P0.
       *[other] { $phase } needs { $needs } to have passed in this launch. If any step fails, do not launch.
    }
error-phase-passed = { $phase } has passed in this launch and is not run twice. A new launch begins at P0.
error-launch-busy = { $by } is running { $phase } just now. One at a time: if they fell silent, it is free in { $seconds ->
        [one] { $seconds } second
       *[other] { $seconds } seconds
    }.
error-launch-moved = This run of { $phase } has ended, or somebody else goes on with it, or this step is not its turn.
error-halted-since = { $switch } was halted by { $by }: { $reason }. A launch does not resume what somebody halted. Find out why. When it is over, run the phase again; if it is not, roll the launch back.
error-other-limit = { $switch } does not carry the small limit of the launch any more. Last set by { $by }: { $reason }. Roll the launch back; a new one begins at P0.
error-no-test-people = Who takes part? Name the advertiser, the publisher and the publisher's channel: /launch 2 ADVERTISER PUBLISHER CHANNEL
error-bad-launch-setup = { $what ->
        [watch] The end is watched for { $least } to { $most } minutes.
       *[other] The first placement costs { $least } to { $most } Stars.
    }
