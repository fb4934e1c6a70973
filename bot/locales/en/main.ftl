### The greeting, the menu, and what belongs to nobody else.

start =
    👋 Hello, { $name }! I am <b>Holdfast</b>, a marketplace for advertising posts in Telegram channels.
    The advertiser's Stars are held from the booking on; the publisher is paid once the post went up and stayed, and if it did not, the Stars go back.
menu =
    <b>Menu</b>
    What would you like to do?
help =
    <b>What I can do</b>

    <b>Advertise</b>
    /catalog – channels you can book
    /new – make a post and book a channel for it
    /campaigns – your placements, and where each one stands

    <b>Publish</b>
    /addchannel – list a channel of yours
    /channels – your channels, prices and hours
    /requests – bookings that wait for your answer

    <b>Money</b>
    /wallet – what you have, and what is held
    /deposit 1000 – top up with Stars
    /withdraw – withdraw what you earned

    <b>The rest</b>
    /settings – language and time zone
    /cancel – leave whatever you are in the middle of
    /report – tell the people behind this bot that something is wrong
    /paysupport – help with a payment
    /terms – the rules
help-staff =
    <b>For the staff</b>
    /admin – the desk: what waits for a person, search, tickets, the audit trail
    /killswitch – the board of switches
    /killswitch halt payouts &lt;reason&gt;
    /killswitch resume payouts &lt;reason&gt;
    /review – jobs that need a person
    /status – how things are
    /books – check the books, statements, reserves, corrections
    /countersigns – acts that wait for a second admin
    /launch – open the house by the checklist
terms =
    <b>The rules</b>
    1. Booking holds the price until the outcome is known. Nobody can spend it meanwhile.
    2. The publisher sees the post first, and approves or declines it. No answer in time counts as a no.
    3. Exactly the approved post is published. It must stay, unchanged, until the hour on the placement's card.
    4. If it stayed, the publisher is paid the price less the fee. If not, the whole price goes back to the advertiser, or, where the channel is paid by the hour, what was not served of it.
    5. No fraud, no malware, nothing illegal, nothing about other people's private lives.
    Something is wrong? /report
paysupport =
    <b>Help with a payment</b>
    A payment that Telegram took from you is never lost: it is in your /wallet at once, or as soon as money may move again.
    If yours is missing, write /report with the date and the amount. A person will look.
    Stars that are not held for a placement stay in your wallet, and you can use them for any booking.
unknown-command = I do not know this command. Here is what I understand: /help
unknown-message = I am not sure what to do with this. Choose from the menu, or see /help
stale = This button has grown old. Here is a fresh screen.
cancelled = All right, never mind. Nothing was booked and nothing was paid.
nothing-to-cancel = There is nothing to cancel. Here is the menu.
report-ask =
    <b>What is wrong?</b>
    Write it in one message; the admins will read it.
report-done = Thank you. It is ticket <b>{ $id }</b>; somebody will look into it, and you will be told here.

button-menu = 🏠 Menu
button-back = ← Back
button-before = ◀️
button-after = ▶️
button-cancel = ✖️ Cancel
menu-new = 📝 New post
menu-catalogue = 🗂 Catalogue
menu-campaigns = 📊 My placements
menu-requests = 📥 Requests
menu-channels = 📣 My channels
menu-wallet = 👛 Wallet
menu-settings = ⚙️ Settings
menu-help = ❓ Help
menu-board = 🛑 Kill switches
menu-books = 📚 Books
page = Page { $page } of { $pages }

settings =
    <b>Settings</b>
    Language: { $language ->
        [ru] Русский
       *[other] English
    }
    Time zone: { $zone }
settings-language = 🌐 Language
settings-zone = 🕒 Time zone
settings-language-ask = Which language shall I speak?
settings-zone-ask =
    <b>Where are you?</b>
    Choose your time zone, or type its name, like <code>Asia/Tbilisi</code>.
settings-done = ✔️ Done
language-en = English
language-ru = Русский

command-start = Start
command-menu = Menu
command-help = What I can do
command-settings = Language and time zone
command-cancel = Leave what you are doing
command-wallet = Your Stars
command-deposit = Top up
command-addchannel = List your channel
command-channels = Your channels
command-catalog = Channels to book
command-new = New post
command-campaigns = Your placements
command-requests = Bookings to answer
command-paysupport = Help with a payment
command-terms = The rules
command-report = Report a problem
command-killswitch = Kill switches
command-review = Jobs that need a person
command-status = How things are
command-books = The books
command-countersigns = Second signatures
