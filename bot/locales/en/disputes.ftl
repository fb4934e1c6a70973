### Disputes: from a placement's card to the judge's decision.

dispute-open = ⚖️ Open a dispute
dispute-show = ⚖️ The dispute
state-disputed = ⚖️ In dispute; nothing is paid or returned until that is over
state-part-decided = ⚖️ Shared out between both sides, as the dispute ended
state-lost = ⚖️ Given back to the advertiser, as the dispute ended
dispute-ask =
    <b>A dispute about placement { $id }</b>
    What is wrong, and how can others check it? Write it in one message, at most 1,000 characters. The other side reads it.
    While a dispute is open, the money stays where it is. Each side can open one.
dispute-share-ask =
    How much of the price should the publisher get? Write a part like <code>30%</code>, or a number of Stars from 0 to { $price }. The fee is taken of it; the rest goes back to the advertiser.
dispute-appeal-ask =
    <b>Appeal</b>
    Another admin decides, for good. What did the first one get wrong? Write it in one message, at most 1,000 characters.
dispute-withdraw-ask = <b>Take the dispute back?</b> The placement goes on as if there had been none, and you cannot open another.
dispute =
    ⚖️ <b>Dispute about placement { $id }</b> in <b>{ $channel }</b>, { $price } ⭐
dispute-state = { $status ->
        [talks] 🤝 Both sides can propose until { $until }. Equal proposals settle it at once; without agreement an admin decides.
        [judging] 🕒 An admin decides. Until then both sides can still agree.
        [decided] 🔨 Decided: { $share } of { $price } ⭐ for the publisher. Either side can appeal until { $until }; if both accept, it is done at once.
        [appealed] 🕒 Appealed: { $share } of { $price } ⭐ were for the publisher. Another admin decides, for good.
        [settled] ✅ Agreed: { $share } of { $price } ⭐ for the publisher.
        [final] ✅ Decided for good: { $share } of { $price } ⭐ for the publisher.
        [withdrawn] ↩️ Taken back; the placement goes on as if there had been none.
       *[moot] ✖️ The post was found gone, so the whole price goes back.
    }
dispute-words = { $side ->
        [advertiser] The advertiser
       *[publisher] The publisher
    } opened it: “{ $words }”
dispute-proposal = { $side ->
        [advertiser] The advertiser
       *[publisher] The publisher
    } proposes { $share } of { $price } ⭐ for the publisher.
dispute-evidence = Decided because: “{ $words }”
dispute-appeal = Appealed because: “{ $words }”
dispute-history = So far (time: { $zone }):
dispute-step = { $at } { $who ->
        [advertiser] the advertiser:
        [publisher] the publisher:
        [judge] an admin:
       *[none] { "" }
    } { $step ->
        [opened] ⚖️ opened it
        [proposed] 🤝 { $share } ⭐ for the publisher?
        [judging] 🕒 a judge is called
        [settled] ✅ agrees to { $share } ⭐
        [decided] 🔨 { $share } ⭐ for the publisher
        [accepted] 👍 accepts the decision
        [appealed] ✋ appeals
        [final] ✅ final: { $share } ⭐ for the publisher
        [withdrawn] ↩️ takes it back
       *[moot] ✖️ the post was found gone
    }{ $words ->
        [none] { "" }
       *[other] { " " }“{ $words }”
    }
plea-release = 🤝 Propose: all { $price } ⭐ to the publisher
plea-half = 🤝 Propose: half, { $half } ⭐
plea-refund = 🤝 Propose: all of it back
plea-other = 🤝 Propose something else
plea-judge = 🔨 Ask for a judge
plea-withdraw = ↩️ Take the dispute back
plea-sure = ↩️ Yes, take it back
plea-accept = 👍 Accept
plea-appeal = ✋ Appeal
award-refund = ↩️ All of it back
award-release = 🏁 All { $price } ⭐
award-half = ⚖️ Half: { $half } ⭐
award-other = ⚖️ Another share
award-ask =
    <b>{ $share } of { $price } ⭐ for the publisher.</b>
    Why? Write what others can check, at most 1,000 characters. Both sides read it.
act-disputes-judge =
    Decision about dispute <b>{ $dispute_id }</b>{ $stage ->
        [appealed] {" "}on appeal
       *[judging] { "" }
    }: <b>{ $share } ⭐</b> of the price for the publisher
    Evidence: { $evidence }
notice-dispute = { $step ->
        [opened] ⚖️ <b>A dispute</b> about the placement in <b>{ $channel }</b>: “{ $words }”
        [proposed] 🤝 A proposal in the dispute about <b>{ $channel }</b>: { $share } of { $price } ⭐ for the publisher. If you propose the same, it is settled at once.
        [judging] 🕒 An admin will decide the dispute about <b>{ $channel }</b>. Until then you can still agree.
        [settled] ✅ The dispute about <b>{ $channel }</b> is settled: { $share } of { $price } ⭐ for the publisher.
        [decided] 🔨 The dispute about <b>{ $channel }</b> is decided: { $share } of { $price } ⭐ for the publisher. Why: “{ $words }” You can appeal until { $until }.
        [accepted] 👍 The other side accepts the decision about <b>{ $channel }</b>.
        [appealed] ✋ The other side has appealed in the dispute about <b>{ $channel }</b>: “{ $words }” Another admin decides, for good.
        [final] ✅ The dispute about <b>{ $channel }</b> is decided for good: { $share } of { $price } ⭐ for the publisher.
        [withdrawn] ↩️ The dispute about <b>{ $channel }</b> was taken back; the placement goes on as if there had been none.
       *[moot] ✖️ The dispute about <b>{ $channel }</b> is over: the post was found gone, so the whole price goes back.
    }
notice-dispute-judge = { $appeal ->
        [true] ✋ <b>An appeal waits for another admin</b>: placement { $id } in { $channel }, { $price } ⭐
       *[other] ⚖️ <b>A dispute waits for a judge</b>: placement { $id } in { $channel }, { $price } ⭐
    }
desk-disputes = ⚖️ Disputes: { $many }
desk-list-disputes = <b>Disputes that wait for a judge</b>: { $total ->
        [0] none.
       *[other] { $total }
    }
desk-dispute = { $status ->
        [appealed] ✋
       *[judging] ⚖️
    } { $id } · { $channel } · { $price } ⭐
error-not-disputable = { $status ->
        [released] It is too late for a dispute: the publisher has been paid. If something is wrong, write /report.
        [refunded] There is nothing to dispute: the whole price has gone back.
       *[other] A dispute can be opened once the post is published, and before it is paid.
    }
error-talks-first = A judge can be asked for once both sides have proposed. When the time to agree is over, one is called anyway.
error-party-cannot-judge = Nobody decides, or signs a decision, about their own money or channel.
error-same-judge = An appeal is decided by another admin than the first.
error-in-dispute = A dispute about placement { $id } is open; until it ends nothing of it is paid.
