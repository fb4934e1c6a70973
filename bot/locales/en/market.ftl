### Catalogue, orders, placements, channels.

stay = { $hours ->
        [0] no minimum time, paid once it is published
        [one] { $hours } hour
       *[other] { $hours } hours
    }
stay-short = { $hours ->
        [0] no minimum
       *[other] { $hours } h
    }
stay-short-part = { $hours } h, by the hour
stay-part = If it goes earlier, only the time it was up is paid
duration = { $hours ->
        [0] { $minutes } min
       *[other] { $hours } h { $minutes } min
    }
when-now = as soon as it is approved
when-soon = right away
subscribers = { $count ->
        [one] { $count } subscriber
       *[other] { $count } subscribers
    }

catalogue =
    <b>Catalogue</b>
    { $total ->
        [0] No channel can be booked yet. Have one yourself? /addchannel
        [one] { $total } channel can be booked.
       *[other] { $total } channels can be booked.
    }
catalogue-line = { $title } · { $price } ⭐ · { $stay }
catalogue-card =
    <b>{ $title }</b> { $where }
    { $subscribers } (counted by Telegram, { $counted })

    Price: <b>{ $price } ⭐</b>, fee included
    The post stays: { $stay }
catalogue-book = 📝 Book
catalogue-gone = This channel takes no bookings any more. Here is the catalogue.

order-post =
    <b>New post</b>
    Send me the post just as it should appear: a text with its formatting; a photo, video, animation or file with a caption; or an album.
order-for = It will be booked in <b>{ $channel }</b>.
order-album =
    <b>An album</b>
    { $many ->
        [one] { $many } item so far.
       *[other] { $many } items so far.
    } Is that all of it? An album has no buttons, and one caption.
order-album-complete = ✔️ That is all
order-buttons =
    <b>Link buttons</b>
    Write one on each line, at most three:
    <code>Our shop - https://example.com</code>
    Or go on without any.
order-skip = Without buttons
order-preview =
    👆 This is how it will appear. Shall we go on?
order-preview-silent = 🔕 It will be published without a sound.
order-silent = 🔕 Publish without a sound
order-loud = 🔔 Publish with a sound
order-go-on = Go on
order-other-post = ✏️ Other post
order-other-buttons = 🔗 Other buttons
order-channel =
    <b>Where?</b>
    { $total ->
        [0] No channel can be booked right now. Your post is kept; come back later.
        [one] { $total } channel.
       *[other] { $total } channels.
    }
order-zone =
    <b>Where are you?</b>
    So that we mean the same hour. Choose your time zone, or type its name, like <code>Asia/Tbilisi</code>.
order-time =
    <b>When?</b>
    Choose, or write <code>18:30</code>, <code>tomorrow 18:30</code> or <code>2026-03-02 18:30</code>.
    Your time: { $now }
order-now = ⚡️ As soon as it is approved
order-confirm =
    <b>Shall I book it?</b>

    Channel: <b>{ $channel }</b>
    Goes out: { $when }
    Stays: { $stay }
    Price: <b>{ $price } ⭐</b>, of it { $fee } ⭐ fee
    Your balance: { $balance } ⭐, afterwards <b>{ $after } ⭐</b>

    The price is held until the outcome is known. If the post is declined, all of it comes back; so it does if the post does not stay, unless the line above says otherwise.
order-manner = { $manner }
manner-pin = 📌 Is pinned in the channel
manner-silent = 🔕 Is published without a sound
order-short = You are { $short } ⭐ short for this one; you can top up and come back here.
order-yes = ✅ Book for { $price } ⭐
order-other-time = 🕒 Other time
order-other-channel = 📣 Other channel
order-booked =
    ✅ <b>Booked.</b> { $price } ⭐ are held for { $channel }; your balance is { $balance } ⭐.
    The publisher has been asked and may answer until { $until }. I will tell you.

placements =
    <b>Your placements</b>
    { $total ->
        [0] None yet. Make your first one: /new
        [one] { $total } placement
       *[other] { $total } placements
    }
placement-line = { $mark } { $channel } · { $price } ⭐
placement =
    <b>Placement { $id }: { $channel }</b>
    { $state }

    Goes out: { $when }
    Stays: { $stay }
    Price: { $price } ⭐, of it { $fee } ⭐ fee
    { $money }
placement-paused = ⏸ Its campaign is paused: nothing of it is published until you resume it. Deadlines run on.
placement-open = 🔗 Open the post
placement-cancel = ✖️ Take it back
placement-cancel-ask =
    <b>Take placement { $id } in { $channel } back?</b>
    It will not be published, and { $price } ⭐ come back to you.
placement-cancel-yes = Yes, take it back
placement-cancel-no = No, leave it
placement-cancelled = Taken back. Your { $price } ⭐ are on their way to your wallet.
placement-late = 🕒 Publish it anyway
placement-late-cancel = ↩️ Cancel and refund
placement-pause = ⏸ Pause the campaign
placement-resume = ▶️ Resume the campaign
state-waiting = 🕒 Waits for the publisher's answer, at the latest { $until }
state-approved = 👍 Approved; will be published { $when }
state-late = ⏰ Late; it is published only if you still want it, until { $until }
state-sending = 📤 Is being published
state-uncertain = 🔎 Telegram did not say whether it took the post. We are finding out; the money stays held meanwhile
state-live = ✅ Published; must stay, unchanged, until { $until }
state-changed = ✏️ The post was changed ({ $at }); the publisher has been asked to restore it
state-part = ⚠️ The post stayed for a part of its time only; that part is paid, the rest comes back
state-due = ✅ Published and stayed; the publisher's pay is on its way
state-unseen = 🔎 Its time is over; we are making sure that the post stayed
state-paid = 🏁 Served, and the publisher is paid
state-failed = ✖️ Not published: { $reason }
state-removed = ✖️ The post was taken down or changed before its time
money-held = Held: { $price } ⭐
money-back-soon = { $price } ⭐ are on their way back
money-back = Returned: { $price } ⭐
money-paid = Paid: { $payout } ⭐ to the publisher, { $fee } ⭐ fee{ $rebate ->
        [0] { "" }
       *[other] ; returned: { $rebate } ⭐
    }
placement-top = { $covered ->
        [true] On top of the channel for { $time }
       *[other] Nothing was posted after it so far: on top for { $time }
    }
looks = Looks at the post (time: { $zone }):
look = { $at } { $verdict ->
        [up] ✅ up
        [gone] ✖️ not there
        [changed] ✏️ changed
        [unknown] ❔ could not be seen
       *[other] { $verdict }
    }
failure = { $reason ->
        [declined] the publisher declined it
        [expired] nobody answered in time
        [cancelled] the advertiser took it back
        [overdue] it could not be published in time
        [refused] Telegram refused to publish it
        [poison] it could not be prepared for publishing
        [unsent] Telegram did not take it
        [verdict] decided by a person who looked into it
        [repriced] both sides agreed on another price
       *[other] { $reason }
    }

requests =
    <b>Requests</b>
    { $total ->
        [0] Nothing waits for your answer.
        [one] { $total } booking waits for your answer.
       *[other] { $total } bookings wait for your answer.
    }
request-line = { $channel } · { $price } ⭐ · until { $until }
request-approve = ✅ Approve
request-decline = ❌ Decline
request-why = Why not? The advertiser will read it.
request-write = ✍️ In my own words
request-write-ask = Write the reason in one message, at most 300 characters.
request-approved = ✅ Approved.
request-declined = ❌ Declined.
request-expired = ⌛️ Nobody answered in time.
request-cancelled = ✖️ The advertiser took it back.
reason-topic = Does not fit the channel
reason-text = Please change the text
reason-time = The time does not suit
reason-link = The link looks doubtful

channels =
    <b>Your channels</b>
    { $total ->
        [0] None yet. Add one: /addchannel
       *[other] Tap one to change it.
    }
channel-line = { $mark } { $title }
channel-add = ➕ Add a channel
channel-card =
    <b>{ $title }</b>
    { $state }
    { $subscribers } (counted by Telegram, { $counted })
channel-offer =
    Price: <b>{ $price } ⭐</b>, you get { $payout } ⭐
    The post stays: { $stay }
channel-state = { $status ->
        [pending] 🕒 Registered; no price yet, so nobody can book it
        [listed] ✅ In the catalogue
        [paused] ⏸ Paused: no new bookings; what is booked runs on
        [lost] ⚠️ I have lost rights I need there. Make me an admin who may post, edit and delete messages again
       *[other] { $status }
    }
channel-change = 💰 Price and hours
channel-pause = ⏸ Pause
channel-resume = ▶️ Resume
channel-add-ask =
    <b>Add a channel</b>
    Tap the button below and choose your channel. Telegram adds me with the rights I need: to post, to edit and to delete messages.
channel-add-else =
    No button, or you are on another device? <a href="{ $link }">Add me as an admin here</a>, or make me an admin yourself and forward me any post of the channel.
channel-choose = 📣 Choose a channel
channel-registered = ✅ <b>{ $channel }</b> is registered.
channel-inside =
    ✅ I am an admin of <b>{ $channel }</b> now, with all the rights I need.
    Next: what does a post cost, and how long does it stay?
offer-price =
    <b>{ $channel }</b>
    What does one post cost, in Stars? Write a whole number.
offer-hours =
    <b>{ $channel }</b>, { $price } ⭐
    How many hours must a post stay? Choose, or write a number from 0 to 720. With 0 you are paid once it is published.
offer-hours-button = { $hours ->
        [0] 0: paid at once
       *[other] { $hours } h
    }
offer-pin = 📌 Pin the posts: no
offer-pinned = 📌 Pin the posts: yes
offer-early =
    <b>{ $channel }</b>
    And if a post is gone before its time?
offer-early-nothing = Nothing is paid
offer-early-part = The hours it was up are paid
offer-done =
    ✅ <b>{ $channel }</b> is in the catalogue: { $price } ⭐ a post.
    It stays: { $stay }.
    You get { $payout } ⭐ of each; the fee is { $fee } ⭐.

proof-known = 👌 Thank you, I know this post already. Nothing more is needed.
proof-other = This is not the post I am looking for in <b>{ $channel }</b>: the content differs. If you see that one, forward it to me.
proof-elsewhere = Thank you, but in this channel I miss nothing. The post I am looking for would be in: { $channels }.
proof-thanks = ✅ Thank you! I see the post in <b>{ $channel }</b>; everything goes on as usual.
proof-doubted = 🕒 Thank you. I see this post in <b>{ $channel }</b>, but its date is older than my attempt to publish. A person looks at it and decides; the money waits until then.
