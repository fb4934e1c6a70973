### Стол сотрудников: очереди, поиск, карточки, обращения, журнал, блокировки.

notice-ticket =
    🚩 <b>Обращение { $id }</b> от { $name } ({ $from }):
    { $text }
notice-ticket-closed =
    ✅ <b>Ваше обращение { $id }</b> закрыто: { $evidence }

    <b>Выписка</b> по вашему кошельку, <code>{ $wallet }</code>
    Остаток: <b>{ $balance } ⭐</b>
    { $many ->
        [0] Проводок в книге нет, поэтому остаток пуст.
        [one] Сумма по { $many } проводке в книге: { $entries } ⭐
        [few] Сумма по { $many } проводкам в книге: { $entries } ⭐
       *[many] Сумма по { $many } проводкам в книге: { $entries } ⭐
    }
    Все они видны в /wallet. Что-то всё ещё не так? /report
ticket-look = 🚩 Открыть обращение
error-too-many-tickets = { $most ->
        [one] У вас уже открыто { $most } обращение. Сначала ответят на него.
        [few] У вас уже открыто { $most } обращения. Сначала ответят на них.
       *[many] У вас уже открыто { $most } обращений. Сначала ответят на них.
    }
error-balance-differs = В <code>{ $wallet }</code> остаток { $balance } ⭐, а сумма проводок { $entries } ⭐. Сначала надо исправить книги (/books); обращение остаётся открытым.
notice-blocked = { $blocked ->
        [true] ⛔️ Бронировать, одобрять, добавлять каналы и выводить вам больше нельзя. Начатое продолжается и будет оплачено как положено. Если это ошибка, напишите /report.
       *[other] ✅ Вы снова можете бронировать, одобрять, добавлять каналы и выводить.
    }
notice-channel-blocked = { $blocked ->
        [true] ⛔️ <b>{ $channel }</b> убран из каталога: его нельзя забронировать, а бронь в нём нельзя одобрить. Одобренное раньше продолжается и будет оплачено как положено. Если это ошибка, напишите /report.
       *[other] ✅ <b>{ $channel }</b> снова можно бронировать.
    }
notice-retried =
    🔁 <b>Ещё одна попытка</b>: размещение { $old } в <b>{ $channel }</b> не состоялось, деньги вернулись. Мы забронировали его для вас заново как размещение { $id }, за { $price } ⭐.
    Владельца канала спросят снова. Если оно вам не нужно, его можно отменить ниже.
retried-look = 📦 Открыть
error-is-admin = Это админ, он назван в настройках (HOLDFAST_ADMINS). Меняется это только там.
error-own-block = Вас разблокирует только другой админ.
error-channel-blocked = <b>{ $channel }</b> пока не принимает новых размещений. Звёзды вернутся сами, когда выйдет время ответа; можно и отказаться. Если это ошибка, напишите /report.
error-not-retryable = { $failure ->
        [declined] Владелец канала его не захотел, поэтому повтора не будет. Рекламодатель может выбрать другое время.
        [repriced] Стороны сошлись на другой цене, и его место заняло другое размещение; повтора не будет.
       *[other] Рекламодатель его отменил, поэтому повтора не будет.
    }
error-unclear-trail =
    Не понимаю «{ $words }». Например:
    /audit who 7
    /audit about placement:42
    /audit act escrow.release since 3d refused

command-admin = Стол сотрудников
command-find = Найти что угодно
command-audit = Кто что сделал
command-staff = Админы и операторы
command-block = Заблокировать человека или канал
command-unblock = Снять блокировку
menu-desk = 🗄 Стол
desk =
    <b>Стол</b>
    Что ждёт человека, и дорога ко всему остальному.
desk-review = 🔎 Разбор: { $many }
desk-overdue = ⏰ Просрочено: { $many }
desk-tickets = 🚩 Обращения: { $many }
desk-countersigns = ✍️ Подписи: { $many }
desk-find = 🔦 Найти
desk-audit = 📜 Журнал
desk-staff = 👥 Сотрудники
desk-status = 📈 Состояние
desk-board = 🛑 Выключатели
desk-books = 📚 Книги
desk-list-overdue = <b>Просроченные escrow</b>: { $total ->
        [0] нет. Все удержанные суммы в срок.
        [one] { $total } удержанная сумма без исхода, или с исходом, но не сдвинута.
        [few] { $total } удержанные суммы без исхода, или с исходом, но не сдвинуты.
       *[many] { $total } удержанных сумм без исхода, или с исходом, но не сдвинуты.
    }
desk-list-tickets = <b>Открытые обращения</b>: { $total ->
        [0] нет.
       *[other] { $total }
    }
desk-list-closed-tickets = <b>Закрытые обращения</b>: { $total ->
        [0] пока нет.
       *[other] { $total }
    }
desk-list-staff =
    <b>Сотрудники</b>: { $total }
    Админы (👑) названы в настройках. Операторов (🛟) назначает и снимает админ: в карточке человека или командой <code>/staff appoint 7 причина</code>. Операторы видят всё и могут останавливать.
desk-escrow = { $id } · { $channel } · { $amount } ⭐ · { $job }
desk-ticket = { $id } · { $name }: { $words }
desk-to-tickets = 🚩 Открытые обращения
desk-to-closed-tickets = ✅ Закрытые обращения
staff-line = { $role ->
        [admin] 👑
       *[other] 🛟
    } { $name ->
        [none] { $id } (с ботом не знаком)
       *[other] { $name } ({ $id })
    }
staff-usage =
    Я понимаю:
    /staff
    /staff appoint 7 &lt;причина&gt;
    /staff dismiss 7 &lt;причина&gt;
    Номер — из Telegram; годится и @имя.
block-usage =
    Я понимаю:
    /block 7 &lt;причина&gt;
    /block @name &lt;причина&gt;
    /block channel:3 &lt;причина&gt;
    и то же с /unblock. Начатое продолжается и будет оплачено как положено.
desk-block = ⛔️ Заблокировать
desk-unblock = ✅ Разблокировать
desk-appoint = 🛟 Сделать оператором
desk-dismiss = ✖️ Больше не оператор
desk-close = ✅ Закрыть с выпиской
desk-retry = 🔁 Повторить как новое
desk-sure = 🔁 Да, забронировать заново
desk-done = ✅ <b>Готово.</b> Теперь это выглядит так:
desk-reason = { $deed ->
        [block] <b>Заблокировать { $kind ->
            [channel] канал
           *[user] человека
        } { $id }?</b> Почему? Ваши слова останутся в журнале; заблокированный их не увидит.
        [unblock] <b>Разблокировать { $kind ->
            [channel] канал
           *[user] человека
        } { $id }?</b> Почему? Ваши слова останутся в журнале.
        [appoint] <b>Сделать { $id } оператором?</b> Почему? Ваши слова останутся в журнале.
        [dismiss] <b>{ $id } больше не оператор?</b> Почему? Ваши слова останутся в журнале.
        [uphold] <b>Подтвердить жалобу { $id }?</b> Что вы выяснили и что сделано? Заявитель получит ваши слова.
        [reject] <b>Отклонить жалобу { $id }?</b> Почему? Заявитель получит ваши слова.
       *[close] <b>Закрыть обращение { $id }:</b> что вы выяснили? Человек получит ваши слова и выписку по своему кошельку.
    }
retry-sure = <b>Забронировать заново?</b> Цена снова удерживается из кошелька рекламодателя, владельца канала спросят снова, рекламодатель узнает об этом и может отменить. Это размещение остаётся несостоявшимся, деньги за него возвращены.

find-ask =
    <b>Что ищете?</b>
    Номер (Telegram или наш), @имя, ссылка на канал или пост, часть названия или имени, <code>placement:42</code>, ключ перевода, номер платежа.
find-found = { $total ->
        [0] По «{ $words }» ничего не найдено.
       *[other] <b>Найдено</b> по «{ $words }»: { $total }
    }
find-again = 🔦 Искать другое
find-line = { $kind ->
        [user] 👤 { $name }
        [channel] 📣 { $name }
        [placement] 📦 { $id } · { $name }
        [report] 🚩 { $id } · { $name }
        [transfer] 💸 { $name }
        [deposit] 💳 { $id } · { $name }
        [withdrawal] 🏧 { $id } · { $name }
       *[ticket] 🚩 { $id } · { $name }
    }
find-trail = 📜 Журнал
case-user =
    👤 <b>{ $name }</b>{ $username ->
        [none] { "" }
       *[other] { " " }@{ $username }
    }, <code>{ $id }</code>
    { $role ->
        [admin] 👑 Админ
        [admin-blocked] 👑 Админ, ⛔️ блокировка с { $blocked }
        [operator] 🛟 Оператор
        [blocked] ⛔️ Блокировка с { $blocked }
       *[other] Здесь с { $since }
    }
    Кошелёк: <b>{ $balance } ⭐</b>, удержано под размещения { $held } ⭐{ $lost ->
        [0] { "" }
       *[other] { "" }
            ⚠️ Площадка потеряла на забранных звёздах, и это ещё не возмещено: <b>{ $lost } ⭐</b>
    }
    Заблокировал бота: { $unreachable }
case-channel =
    📣 <b>{ $title }</b>{ $username ->
        [none] { "" }
       *[other] { " " }@{ $username }
    }, <code>channel:{ $id }</code> (<code>{ $chat }</code>)
    { $state }
    ⛔️ Блокировка: { $blocked }
    Владелец: { $owner }
    Подписчиков: { $subscribers }
    Цена: { $price } ⭐, часов: { $hours }
    Курьер: { $courier }
    Последний осмотр: { $visited }
case-placement =
    📦 <b>Размещение { $id }</b> в <b>{ $channel }</b>, { $price } ⭐ (комиссия { $fee } ⭐)
    Когда: { $when }
    Согласие: { $approval }
    Задача: <b>{ $job }</b>, escrow: <b>{ $escrow }</b>
    Крайний срок: { $deadline }
    Опубликовано: { $published }
    Простояло: { $served }
    Не состоялось, потому что: { $failure }
    Последняя ошибка: <code>{ $error }</code>
case-transfer =
    💸 <b>{ $amount } ⭐</b>, { $reason }
    Из <code>{ $source }</code>
    В <code>{ $destination }</code>
    Ключ: <code>{ $key }</code>
    { $at }, сделал { $actor }
    Действие: <code>{ $act }</code>
case-deposit =
    💳 <b>Пополнение { $id }</b>, { $amount } ⭐: { $status }
    Платёж: <code>{ $charge }</code>
    Счёт: { $created }
    Получено: { $received }
    Зачислено: { $credited }
    Отозвано: { $back }
case-ticket =
    🚩 <b>Обращение { $id }</b> от { $name } (<code>{ $user }</code>)
    Открыто { $at }, записал { $by }
    { $words }
case-ticket-closed =
    ✅ Закрыто { $at }, закрыл { $by }
    { $evidence }
case-ticket-statement = Выписка: <code>{ $wallet }</code> { $balance } ⭐; проводок { $many }, их сумма { $entries } ⭐
audit =
    <b>Журнал</b>, новое сверху: { $wanted }
audit-all = всё
audit-none = Такого нет.
audit-line = { $refusal ->
        [none] ✓
       *[other] ✖️ <b>{ $refusal }</b>
    } { $at } { $who } <b>{ $act }</b> { $about } <i>{ $details }</i> #{ $id }
audit-older = Что было раньше: <code>/audit { $words }</code>
audit-only-refused = ✖️ Только отказы
audit-with-done = ✓ И то, что сделано

word-approval = { $word ->
        [waiting] ждёт ответа
        [approved] одобрено
        [declined] отклонено
        [expired] без ответа
       *[cancelled] отменено
    }
word-deposit = { $word ->
        [invoiced] выставлен счёт
        [received] получено
        [credited] зачислено
       *[reversed] отозвано
    }
word-escrow = { $word ->
        [held] удерживается
        [released] выплачен
       *[refunded] возвращён
    }
word-job = { $word ->
        [queued] в очереди
        [sending] публикуется
        [success] вышло
        [failed] не вышло
        [uncertain] неясно, вышло ли
       *[removed] удалено
    }
word-report = { $word ->
        [open] открыта
        [upheld] подтверждена
       *[dismissed] отклонена
    }
word-ticket = { $word ->
        [open] открыто
       *[closed] закрыто
    }
word-withdrawal = { $word ->
        [requested] ждёт администратора
        [approved] одобрен
        [sending] выплачивается
        [uncertain] неизвестно, выплачен ли
        [paid] выплачен
        [rejected] отклонён
        [cancelled] отозван
       *[returned] не дошёл
    }
word-transfer = { $word ->
        [deposit] пополнение
        [escrow_hold] удержано под размещение
        [payout] выплата
        [fee] комиссия
        [rebate] возвращено частично
        [refund] возврат
        [withdrawal_hold] отложено на вывод
        [withdrawal] вывод выплачен
        [withdrawal_return] вывод возвращён
        [adjustment] исправление
       *[loss] возмещено площадкой
    }
