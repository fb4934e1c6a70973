### Other bots of the house, which only publish.

courier-let = 🚚 Let @{ $bot } publish here
courier-line = { $bot ->
        [none] 🚚 Texts are published by another bot of ours
       *[other] 🚚 Texts are published by @{ $bot }
    }; it and I must both be admins who may post, edit and delete messages. Photos, videos and files I publish myself.
courier-steps =
    <b>{ $channel }: let @{ $bot } publish here</b>
    Telegram limits how fast one bot may write. With @{ $bot } your texts do not stand in line behind those of other channels.
    1. Make @{ $bot } an admin of the channel who may post, edit and delete messages.
    2. Tap “Check”.
    I stay an admin as well: I publish photos, videos and files, and hear of edits. Money, bookings and answers stay with me.
courier-add = ➕ Add @{ $bot } to the channel
courier-check = ✅ Check
courier-back = ↩️ Publish here yourself
courier-back-ask =
    <b>{ $channel }: shall I publish here myself again?</b>
    What the other bot has published it goes on looking after. Please leave it an admin of the channel until the last of these posts is paid.
courier-back-yes = ↩️ Yes, you
courier-unsure = Telegram did not answer. Please try again in a minute.

error-courier-lacks = In <b>{ $channel }</b> the other bot lacks the right to { $rights }. Make it an admin, then try again.
error-no-courier = There is no such bot of ours that could publish here. Please open the channel again: /channels

notice-courier-lost =
    ⚠️ The bot of ours that publishes in <b>{ $channel }</b> has lost rights that it needs, or is no longer in use, so the channel has left the catalogue.
    Make it an admin who may post, edit and delete messages, or let me publish there myself: /channels
notice-courier-missing =
    ⚠️ A post is due in <b>{ $channel }</b>, and the rights to publish it are missing.
    I and the bot that publishes there must both be admins who may post, edit and delete messages; or let me publish there myself: /channels. If not by { $until }, the advertiser gets the money back.
