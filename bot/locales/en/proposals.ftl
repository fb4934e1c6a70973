### Other terms: a publisher asks for another time or another price, the advertiser answers.

proposal-terms = { $kind ->
        [time] another time: { $at }
       *[other] another price: { $price } ⭐
    }
proposal-accept = { $kind ->
        [time] ✅ Agree
       *[other] ✅ Agree for { $price } ⭐
    }
proposal-decline = ❌ No, as booked
proposal-open = ✍️ The publisher asks for <b>{ $terms }</b>. You can answer until { $until }. If you agree, it is approved at once.
proposal-beside = { $price } ⭐ are held first, then the { $held } ⭐ that are held now come back: so you need { $price } ⭐ in your wallet.
notice-proposal =
    ✍️ <b>{ $channel }</b> would take your placement { $id } on other terms.
    Booked: { $price } ⭐, { $slot ->
        [none] as soon as it is approved
       *[other] { $slot }
    }
    Proposed: <b>{ $terms }</b>
proposal-accepted = ✅ Agreed.
proposal-declined = ❌ You did not want it; the publisher answers what you booked.
proposal-expired = ⌛️ Not answered in time; the publisher answers what you booked.
proposal-withdrawn = ✖️ Settled otherwise meanwhile.
proposal-agreed = { $kind ->
        [time] 🤝 <b>Agreed.</b> Your post in <b>{ $channel }</b> will be published { $when }.
       *[other] 🤝 <b>Agreed.</b> { $price } ⭐ are held for placement { $id } in <b>{ $channel }</b>; it will be published { $when }. The old price is on its way back to your wallet.
    }
notice-proposal-over = { $outcome ->
        [declined] ❌ The advertiser of the booking in <b>{ $channel }</b> does not want other terms. It waits for your answer as it was booked, until { $until }: /requests
       *[other] ⌛️ The advertiser of the booking in <b>{ $channel }</b> did not answer your proposal. It waits for your answer as it was booked, until { $until }: /requests
    }
notice-agreed = { $kind ->
        [time] 🤝 The advertiser agrees: the post in <b>{ $channel }</b> goes out { $at }. Nothing more is expected of you.
       *[other] 🤝 The advertiser agrees: { $price } ⭐ are held for the post in <b>{ $channel }</b>, now placement { $id }. It goes out { $at }; nothing more is expected of you.
    }
request-time = 🕒 Another time
request-price = 💰 Another price
request-proposed = ✍️ Proposed: <b>{ $terms }</b>. The advertiser may answer until { $until }; your own time to answer stands still. You can still approve or decline what was booked.
request-repriced = 🤝 Agreed at another price, as a new placement.
propose-time =
    <b>Another time for { $channel }</b>
    Booked: { $when }. Choose a time, or write <code>18:30</code>, <code>tomorrow 18:30</code> or <code>2026-03-02 18:30</code>.
    Your time: { $now }
propose-price =
    <b>Another price for { $channel }</b>
    Booked: { $price } ⭐. Which price would you take it for, in whole Stars?
state-proposed = ✍️ The publisher asks for other terms; you can answer until { $until }
error-not-enough-beside = The new price of { $needed } ⭐ is held before the { $held } ⭐ held now come back, and you have { $available } ⭐. Nothing has changed: top up, then agree again.
error-same-terms = That is what was booked. You can approve it as it is.
error-too-many-rounds = { $most ->
        [one] { $most } proposal was made about this placement already: now approve or decline it, please.
       *[other] { $most } proposals were made about this placement already: now approve or decline it, please.
    }
desk-proposals = 🤝 Proposals: { $many }
desk-list-proposals = <b>Proposals</b>: { $total ->
        [0] none waits for an advertiser
        [one] { $total } waits for its advertiser
       *[other] { $total } wait for their advertisers
    }
desk-proposal = { $id } · { $channel } · { $terms }
