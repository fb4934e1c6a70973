### Каталог, заказы, размещения, каналы.

stay = { $hours ->
        [0] без минимального срока, оплата сразу после публикации
        [one] { $hours } час
        [few] { $hours } часа
       *[other] { $hours } часов
    }
stay-short = { $hours ->
        [0] без срока
       *[other] { $hours } ч
    }
stay-short-part = { $hours } ч, по часам
stay-part = Если снимут раньше, оплачивается только то время, что он простоял
duration = { $hours ->
        [0] { $minutes } мин
       *[other] { $hours } ч { $minutes } мин
    }
when-now = сразу после одобрения
when-soon = прямо сейчас
subscribers = { $count ->
        [one] { $count } подписчик
        [few] { $count } подписчика
       *[other] { $count } подписчиков
    }

catalogue =
    <b>Каталог</b>
    { $total ->
        [0] Пока разместиться негде. У вас есть канал? /addchannel
        [one] Можно разместиться в { $total } канале.
       *[other] Можно разместиться в { $total } каналах.
    }
catalogue-line = { $title } · { $price } ⭐ · { $stay }
catalogue-card =
    <b>{ $title }</b> { $where }
    { $subscribers } (по данным Telegram, { $counted })

    Цена: <b>{ $price } ⭐</b>, комиссия включена
    Пост в ленте: { $stay }
catalogue-book = 📝 Разместиться
catalogue-gone = Этот канал больше не принимает заявок. Вот каталог.

order-post =
    <b>Новый пост</b>
    Пришлите пост таким, каким он должен выйти: текст с оформлением; фото, видео, анимацию или файл с подписью; или альбом.
order-for = Он выйдет в канале <b>{ $channel }</b>.
order-album =
    <b>Альбом</b>
    Пока { $many ->
        [one] { $many } файл.
        [few] { $many } файла.
       *[other] { $many } файлов.
    } Это всё? У альбома не бывает кнопок, и подпись у него одна.
order-album-complete = ✔️ Это всё
order-buttons =
    <b>Кнопки со ссылками</b>
    По одной на строке, не больше трёх:
    <code>Наш магазин - https://example.com</code>
    Или продолжим без них.
order-skip = Без кнопок
order-preview =
    👆 Так это будет выглядеть. Продолжим?
order-preview-silent = 🔕 Пост выйдет без звука.
order-silent = 🔕 Публиковать без звука
order-loud = 🔔 Публиковать со звуком
order-go-on = Дальше
order-other-post = ✏️ Другой пост
order-other-buttons = 🔗 Другие кнопки
order-channel =
    <b>Где?</b>
    { $total ->
        [0] Сейчас разместиться негде. Пост сохранён, загляните позже.
        [one] { $total } канал.
        [few] { $total } канала.
       *[other] { $total } каналов.
    }
order-zone =
    <b>Где вы?</b>
    Чтобы мы говорили об одном и том же часе. Выберите часовой пояс или напишите его название, например <code>Asia/Tbilisi</code>.
order-time =
    <b>Когда?</b>
    Выберите или напишите <code>18:30</code>, <code>завтра 18:30</code> или <code>2026-03-02 18:30</code>.
    У вас сейчас: { $now }
order-now = ⚡️ Сразу после одобрения
order-confirm =
    <b>Бронируем?</b>

    Канал: <b>{ $channel }</b>
    Выйдет: { $when }
    В ленте: { $stay }
    Цена: <b>{ $price } ⭐</b>, из них комиссия { $fee } ⭐
    У вас { $balance } ⭐, останется <b>{ $after } ⭐</b>

    Цена удерживается, пока не станет ясен исход. Если пост отклонят, вернётся всё; если не простоит свой срок, тоже, когда выше не сказано иначе.
order-manner = { $manner }
manner-pin = 📌 Закрепляется в канале
manner-silent = 🔕 Выходит без звука
order-short = Не хватает { $short } ⭐; можно пополнить кошелёк и вернуться сюда.
order-yes = ✅ Забронировать за { $price } ⭐
order-other-time = 🕒 Другое время
order-other-channel = 📣 Другой канал
order-booked =
    ✅ <b>Забронировано.</b> { $price } ⭐ удержано под { $channel }; у вас { $balance } ⭐.
    Владельца канала я спросил, он может ответить до { $until }. Я напишу.

placements =
    <b>Ваши размещения</b>
    { $total ->
        [0] Пока ни одного. Начните с /new
        [one] { $total } размещение
        [few] { $total } размещения
       *[other] { $total } размещений
    }
placement-line = { $mark } { $channel } · { $price } ⭐
placement =
    <b>Размещение { $id }: { $channel }</b>
    { $state }

    Выйдет: { $when }
    В ленте: { $stay }
    Цена: { $price } ⭐, из них комиссия { $fee } ⭐
    { $money }
placement-paused = ⏸ Кампания на паузе: из неё ничего не выходит, пока вы её не продолжите. Сроки идут.
placement-open = 🔗 Открыть пост
placement-cancel = ✖️ Отозвать
placement-cancel-ask =
    <b>Отозвать размещение { $id } в канале { $channel }?</b>
    Пост не выйдет, { $price } ⭐ вернутся к вам.
placement-cancel-yes = Да, отозвать
placement-cancel-no = Нет, оставить
placement-cancelled = Отозвано. { $price } ⭐ возвращаются в ваш кошелёк.
placement-late = 🕒 Всё равно опубликовать
placement-late-cancel = ↩️ Отменить и вернуть деньги
placement-pause = ⏸ Кампанию на паузу
placement-resume = ▶️ Продолжить кампанию
state-waiting = 🕒 Ждёт ответа владельца канала, не позже { $until }
state-approved = 👍 Одобрено; выйдет { $when }
state-late = ⏰ Опаздывает; выйдет, только если он вам ещё нужен, до { $until }
state-sending = 📤 Публикуется
state-uncertain = 🔎 Telegram не сказал, принял ли пост. Выясняем; деньги пока удержаны
state-live = ✅ Опубликовано; должно простоять без изменений до { $until }
state-changed = ✏️ Пост изменили ({ $at }); владельца канала я попросил его вернуть
state-part = ⚠️ Пост простоял только часть срока; она оплачивается, остальное возвращается
state-due = ✅ Опубликовано и простояло; оплата владельцу канала в пути
state-unseen = 🔎 Срок истёк; проверяем, простоял ли пост
state-paid = 🏁 Выполнено, владельцу канала заплачено
state-failed = ✖️ Не вышло: { $reason }
state-removed = ✖️ Пост сняли или изменили раньше срока
money-held = Удержано: { $price } ⭐
money-back-soon = { $price } ⭐ возвращаются
money-back = Возвращено: { $price } ⭐
money-paid = Выплачено: { $payout } ⭐ владельцу канала, { $fee } ⭐ комиссия{ $rebate ->
        [0] { "" }
       *[other] ; возвращено: { $rebate } ⭐
    }
placement-top = { $covered ->
        [true] Был верхним в канале { $time }
       *[other] После него пока ничего не вышло: он верхний { $time }
    }
looks = Проверки поста (время: { $zone }):
look = { $at } { $verdict ->
        [up] ✅ на месте
        [gone] ✖️ нет
        [changed] ✏️ изменён
        [unknown] ❔ не удалось увидеть
       *[other] { $verdict }
    }
failure = { $reason ->
        [declined] владелец канала отклонил
        [expired] никто не ответил в срок
        [cancelled] рекламодатель отозвал
        [overdue] не удалось опубликовать вовремя
        [refused] Telegram отказался публиковать
        [poison] не удалось подготовить к публикации
        [unsent] Telegram его не принял
        [verdict] так решил человек, который разобрался
        [repriced] стороны договорились о другой цене
       *[other] { $reason }
    }

requests =
    <b>Заявки</b>
    { $total ->
        [0] Ничто не ждёт вашего ответа.
        [one] { $total } заявка ждёт вашего ответа.
        [few] { $total } заявки ждут вашего ответа.
       *[other] { $total } заявок ждут вашего ответа.
    }
request-line = { $channel } · { $price } ⭐ · до { $until }
request-approve = ✅ Одобрить
request-decline = ❌ Отклонить
request-why = Почему нет? Рекламодатель это прочтёт.
request-write = ✍️ Своими словами
request-write-ask = Напишите причину одним сообщением, не больше 300 знаков.
request-approved = ✅ Одобрено.
request-declined = ❌ Отклонено.
request-expired = ⌛️ Никто не ответил в срок.
request-cancelled = ✖️ Рекламодатель отозвал заявку.
reason-topic = Не подходит к каналу
reason-text = Измените, пожалуйста, текст
reason-time = Время не подходит
reason-link = Ссылка вызывает сомнения

channels =
    <b>Ваши каналы</b>
    { $total ->
        [0] Пока ни одного. Добавьте: /addchannel
       *[other] Нажмите на канал, чтобы изменить.
    }
channel-line = { $mark } { $title }
channel-add = ➕ Добавить канал
channel-card =
    <b>{ $title }</b>
    { $state }
    { $subscribers } (по данным Telegram, { $counted })
channel-offer =
    Цена: <b>{ $price } ⭐</b>, вам { $payout } ⭐
    Пост в ленте: { $stay }
channel-state = { $status ->
        [pending] 🕒 Добавлен; цены ещё нет, поэтому разместиться нельзя
        [listed] ✅ В каталоге
        [paused] ⏸ На паузе: новых заявок нет, забронированное выходит
        [lost] ⚠️ Там у меня больше нет нужных прав. Сделайте меня снова администратором с правом публиковать, изменять и удалять сообщения
       *[other] { $status }
    }
channel-change = 💰 Цена и срок
channel-pause = ⏸ На паузу
channel-resume = ▶️ Продолжить
channel-add-ask =
    <b>Новый канал</b>
    Нажмите кнопку внизу и выберите свой канал. Telegram добавит меня с нужными правами: публиковать, изменять и удалять сообщения.
channel-add-else =
    Кнопки нет или вы с другого устройства? <a href="{ $link }">Добавьте меня администратором здесь</a> или сделайте это сами и перешлите мне любой пост канала.
channel-choose = 📣 Выбрать канал
channel-registered = ✅ Канал <b>{ $channel }</b> добавлен.
channel-inside =
    ✅ Теперь я администратор канала <b>{ $channel }</b>, все нужные права есть.
    Дальше: сколько стоит пост и как долго он остаётся в ленте?
offer-price =
    <b>{ $channel }</b>
    Сколько звёзд стоит один пост? Напишите целое число.
offer-hours =
    <b>{ $channel }</b>, { $price } ⭐
    Сколько часов пост должен оставаться в ленте? Выберите или напишите число от 0 до 720. При 0 оплата приходит сразу после публикации.
offer-hours-button = { $hours ->
        [0] 0: оплата сразу
       *[other] { $hours } ч
    }
offer-pin = 📌 Закреплять посты: нет
offer-pinned = 📌 Закреплять посты: да
offer-early =
    <b>{ $channel }</b>
    А если пост снимут раньше срока?
offer-early-nothing = Не платится ничего
offer-early-part = Платится за часы, что он простоял
offer-done =
    ✅ Канал <b>{ $channel }</b> в каталоге: { $price } ⭐ за пост.
    В ленте: { $stay }.
    Вам с каждого { $payout } ⭐; комиссия { $fee } ⭐.

proof-known = 👌 Спасибо, этот пост я уже знаю. Больше ничего не нужно.
proof-other = Это не тот пост, который я ищу в <b>{ $channel }</b>: содержание другое. Если увидите тот самый, перешлите его мне.
proof-elsewhere = Спасибо, но в этом канале я ничего не ищу. Нужный пост был бы здесь: { $channels }.
proof-thanks = ✅ Спасибо! Вижу пост в <b>{ $channel }</b>; всё идёт как обычно.
proof-doubted = 🕒 Спасибо. Я вижу этот пост в <b>{ $channel }</b>, но его дата раньше моей попытки публикации. Решит человек; до тех пор деньги ждут.
