### Открытие по контрольному списку.

command-launch = Запуск по контрольному списку
launch = { $launch ->
        [0] 🚀 <b>Запуска ещё не было</b>. Если хоть один шаг не прошёл – не запускать.
       *[other] 🚀 <b>Запуск { $launch }</b>. Если хоть один шаг не прошёл – не запускать.
    }
launch-phase = { $phase ->
        [P0] До развёртывания
        [P1] Развёрнуто, выключатели HALTED
        [P2] Проверки без движения денег
        [P3] Первое маленькое размещение
        [P4] Проверка удержания и книг
        [P5] Выплаты возобновлены, наблюдение
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
        [failed] – не пройдена
        [running] – ждёт
        [rolled_back] – откачена
       *[other] { "" }
    }
launch-where = Сборка <code>{ $build }</code>, база данных <code>{ $database }</code>
launch-step-line = { $mark } { $words } (<code>{ $step }</code>)
launch-evidence = { "    " }<code>{ $facts }</code>
launch-awaited = { "    " }👉 { $words }
launch-failed = ❌ <b>Не запускать.</b> Всё, что эта фаза возобновила, снова HALTED. Когда причина устранена, запустите фазу снова; новая сборка начинает с P0.
launch-rolled-back = ↩️ Этот запуск откачен: всё, что он возобновляет, HALTED. Новый начинается с P0.
launch-open = ✅ Все фазы пройдены: мы открыты.
launch-run = ▶️ Запустить { $phase }
launch-go-on = 🔄 Продолжить { $phase }
launch-refresh = 👁 Посмотреть снова
launch-all = 🚀 Все фазы
launch-rollback = ↩️ Откатить
launch-rollback-sure =
    <b>Откатить запуск?</b>
    Сразу станут HALTED: { $switches }.
    Новый запуск начинается с P0.
launch-rollback-yes = 🔴 Да, откатить
launch-usage =
    Я понимаю:
    /launch
    /launch 0 – запускает фазу 0; так же 1–5, по порядку
    /launch 2 РЕКЛАМОДАТЕЛЬ ВЛАДЕЛЕЦ КАНАЛ – номера двух участников проверки и канал владельца (номер или @имя); можно добавить ЦЕНУ в звёздах и МИНУТЫ наблюдения в фазе 5
    /launch rollback &lt;причина&gt;
launch-post = Это проверочный пост запуска { $launch }. Его можно удалить.
launch-step = { $step ->
        [switch-rows] У каждого выключателя есть своя строка
        [halted] payouts, new_escrows, telegram_posting и worker_post – HALTED
        [no-campaigns] Нет активных кампаний
        [no-jobs] Нет открытых заданий на публикацию
        [no-escrows] Ничего не удержано
        [migrations] Схема базы – от этой сборки
        [guards] База данных охраняет себя сама
        [roles] Логин приложения может то, что нужно, и не больше
        [admins] Подписать могут хотя бы два администратора
        [still-closed] Всё по-прежнему HALTED, ничего не открыто
        [database] База данных отвечает
        [redis] Redis отвечает или его нет
        [telegram] Telegram отвечает
        [processes] Каждая задача отозвалась после начала фазы
        [builds] Процессы работают на этой сборке и ни на какой другой
        [seen-halted] Процессы видят выключатели такими, какие они есть
        [books-clean] Книги в порядке
        [money-open] money_movement возобновлён
        [people] Два участника проверки запустили бота
        [wallets] У обоих есть кошелёк
        [channel] Канал владельца добавлен
        [offer] У него есть предложение на 0 часов по маленькой цене
        [campaign] Проверочная кампания составлена
        [targets] В ней составлены два размещения
        [hold-blocked] Удержание остановил new_escrows, ничего не изменилось
        [release-blocked] Выплату остановил payouts, ничего не изменилось
        [nothing-moved] Не появилось ни удержания, ни задания, ни проводки
        [only-money] Из всего этого ENABLED только money_movement
        [deposit] Рекламодатель пополнил кошелёк
        [escrows-open] new_escrows возобновлён, и только он, с маленьким пределом
        [hold] Одно размещение удержано: тот же вызов, что был остановлен
        [second-refused] Второе отклонено пределом
        [held-verified] Удержание видно в строке, в книгах и в кошельках
        [answered] Владелец канала ответил
        [posting-open] telegram_posting и worker_post возобновлены
        [job-ended] Задание на публикацию завершено
        [job] Пост опубликован, или у неудачи есть причина
        [escrow] Удержанное ждёт выплаты или возвращено
        [wallets-agree] Каждый кошелёк равен сумме своих проводок
        [success] Публикация подтверждена
        [payouts-open] payouts возобновлён
        [released] Размещение оплачено за 60 секунд
        [same-call] На остановленную прежде выплату теперь есть ответ, и она прошла один раз
        [watch] За время наблюдения ничего не случилось
        [limit-cleared] Маленький предел снят
        [open] Всё ENABLED
       *[other] { $step }
    }
launch-wait = { $step ->
        [money-open] Другой администратор должен подписать номер { $countersign }: /countersigns
        [people] Должны написать боту /start: { $absent }
        [channel] Пользователь { $publisher } должен добавить канал { $channel }: /addchannel
        [deposit] От пользователя { $user } заплатите { $stars ->
            [one] { $stars } звезду
            [few] { $stars } звезды
           *[other] { $stars } звёзд
        } или больше: /deposit { $stars }
        [answered] Пользователь { $user } должен принять размещение: /requests
        [job-ended] Задание выполняется; неясное ждёт в /review
       *[other] Нужно немного времени. Потом посмотрите снова.
    }
error-not-in-order = { $why ->
        [build] { $needs } пройдена на другой сборке. Новая сборка начинает с P0.
        [database] { $needs } пройдена на другой базе данных. Начните с P0.
       *[other] Для { $phase } в этом запуске должна быть пройдена { $needs }. Если хоть один шаг не прошёл – не запускать.
    }
error-phase-passed = { $phase } в этом запуске уже пройдена, второй раз её не запускают. Новый запуск начинается с P0.
error-launch-busy = Фазу { $phase } сейчас выполняет { $by }. По одному: если там замолчали, она освободится через { $seconds ->
        [one] { $seconds } секунду
        [few] { $seconds } секунды
       *[other] { $seconds } секунд
    }.
error-launch-moved = Этот прогон { $phase } закончен, или его продолжает кто-то другой, или до этого шага ещё не дошло.
error-no-test-people = Кто участвует? Назовите рекламодателя, владельца и его канал: /launch 2 РЕКЛАМОДАТЕЛЬ ВЛАДЕЛЕЦ КАНАЛ
error-bad-launch-setup = { $what ->
        [watch] Наблюдение длится от { $least } до { $most } минут.
       *[other] Первое размещение стоит от { $least } до { $most } звёзд.
    }
