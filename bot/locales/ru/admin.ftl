### Для команды.

board =
    <b>Выключатели</b>
    ENABLED разрешает, HALTED запрещает. Остановка действует сразу; перед возобновлением я переспрошу.
board-line = { $enabled ->
        [true] 🟢 <b>{ $key }</b> ENABLED
       *[other] 🔴 <b>{ $key }</b> HALTED
    }
board-since = { "   " }с { $at }, { $actor }: { $reason }
board-limit = { "   " }в пределах: { $max_amount ->
        [none] любая цена
       *[other] до { $max_amount } ⭐ каждое
    }, { $max_open ->
        [none] любое число
       *[other] открытых сразу не больше { $max_open }
    }
board-limit-stays = Предел остаётся. Его снимает последний шаг запуска или администратор в консоли: <code>holdfast switch resume { $key } ПРИЧИНА --as ADMIN_ID --unlimited</code>
board-missing = { "   " }строки нет, поэтому считается HALTED
board-halt = 🔴 Остановить { $key }
board-resume = 🟢 Возобновить { $key }
board-init = Создать недостающие строки, HALTED
board-usage =
    Я понимаю:
    /killswitch
    /killswitch halt payouts &lt;причина&gt;
    /killswitch halt all &lt;причина&gt;
    /killswitch resume payouts &lt;причина&gt;
    Выключатели: { $switches }. Чтобы остановить, причину можно не писать.
board-on =
    По слову <b>on</b> я ничего не делаю: для одних оно значит, что выключатель останавливает, для других – что всё работает.
    Что сделать с <b>{ $key }</b>?
board-on-halt = 🔴 Остановить: запретить сейчас же
board-on-resume = 🟢 Возобновить: снова разрешить
board-sure =
    <b>Возобновить { $key }?</b>
    { $does }
    Причина: { $reason }
board-sure-yes = 🟢 Да, возобновить { $key }
board-stale = Вопрос был о прежней остановке или с другой причиной. Пока ничего не возобновлено.
board-halted = 🔴 <b>{ $key }</b> HALTED. С этой минуты ничего, что он запрещает, не происходит.
board-halted-already = 🔴 <b>{ $key }</b> и так был HALTED.
board-halted-all = { $many ->
        [0] 🔴 Все и так были HALTED.
       *[other] 🔴 HALTED: <b>{ $switches }</b>. С этой минуты ничего, что запрещают выключатели, не происходит.
    }
board-resumed = 🟢 <b>{ $key }</b> ENABLED.
board-resumed-already = 🟢 <b>{ $key }</b> и так был ENABLED.
board-reason = с табло
switch-does = { $key ->
        [payouts] Владельцам каналов снова платят за выполненное.
        [new_escrows] Снова можно бронировать, звёзды удерживаются.
        [telegram_posting] Посты снова публикуются в каналах.
        [worker_post] Работники снова берут задания на публикацию.
        [worker_watchdogs] Сторожа снова действуют по просроченным заданиям и потерянным арендам.
        [withdrawals] Выводы снова выплачиваются.
        [money_movement] Деньги снова движутся: пополнения, удержания, выплаты, возвраты.
       *[other] { $key }
    }
status =
    <b>Состояние</b>
    База данных: отвечает ({ $database })
    Остановлено: { $halted }
    Задания: { $jobs }
    Удержано: { $many }, всего { $amount } ⭐
    Самое давнее: { $oldest }
status-none = нет
status-job = { $status } { $many }
books-clean = ✅ <b>Книги в порядке.</b> Все инварианты выполнены.
books-since = Проверено то, чего касались после контрольной точки { $number } ({ $at }); за остальное ручается её печать. Полная проверка смотрит всё.
books-offences =
    ❗️ <b>Книги: { $many ->
        [one] { $many } нарушение
        [few] { $many } нарушения
       *[other] { $many } нарушений
    }</b>
books-offence = { $invariant }: { $subject } – { $detail }
books-mend = Починка касается самих остатков и проводок, поэтому делается только из командной строки, с адресом базы данных владельца:
books-mend-repair = <code>holdfast books repair ENTRY --evidence "…" --as { $admin }</code> (номер проводки или <code>escrow:ID</code>)
books-mend-rebuild = <code>holdfast books rebuild { $wallet } --evidence "…" --as { $admin }</code>
books-open-full = 🔍 Проверить всё
books-open-statement = 📄 Выписка
books-open-reserves = 🏦 Резервы
books-open-checkpoint = 🔏 Контрольная точка
books-open-adjust = ✏️ Исправление
books-usage =
    Я понимаю:
    /books – в порядке ли книги
    /books check – то же, но смотрю всё
    /books statement user:7:XTR
    /books checkpoint
    /books reserves или, если часть звёзд лежит не у меня: /books reserves 500
    /books adjust КЛЮЧ ОТКУДА КУДА СУММА основание
books-statement-ask =
    <b>Какой кошелёк?</b>
    Напишите адрес, например <code>user:7:XTR</code>, <code>escrow:42</code> или <code>fees:XTR</code>.
books-statement =
    <b>{ $wallet }</b>
    Остаток: <b>{ $balance } ⭐</b>
books-entry = { $at }: <b>{ $sign }{ $amount } ⭐</b>, стало { $after } ⭐ – <code>{ $transfer }</code>, проводка { $id }
books-no-entries = Проводок нет.
books-no-wallet = Кошелька «{ $wallet }» нет. Адрес выглядит так: <code>user:7:XTR</code>, <code>escrow:42</code>, <code>withdrawal:9</code>, <code>fees:XTR</code>.
books-sealed = 🔏 Контрольная точка { $number } запечатана. Кто изменит то, что под ней, сломает печать.
books-not-sealed = 🔏 <b>Ничего не запечатано.</b> Печать ручается за то, что под ней, а полная проверка нашла нарушения. Сначала почините, потом запечатывайте.
books-nothing-new = После последней контрольной точки ничего не добавилось, запечатывать нечего.
books-reserves =
    <b>Резервы</b>
    Должны людям: { $users } ⭐
    Получено, ещё не зачислено: { $received } ⭐
    В suspense, место ищется: { $suspense } ⭐
    Отложено под размещения: { $escrows } ⭐
    Отложено под выводы: { $withdrawals } ⭐
    Вместе: <b>{ $owed } ⭐</b>

    Лежит в Telegram: { $held } ⭐
    Заявлено в другом месте: { $outside } ⭐
    { $covered ->
        [true] ✅ Покрыто; сверх того: { $cover } ⭐
       *[other] ❗️ Не покрыто; не хватает: { $cover } ⭐
    }
books-reserves-unseen = Telegram сейчас не говорит, сколько у меня. Попробуйте, пожалуйста, через минуту.
books-adjust-usage =
    <b>Исправление: из одного кошелька в другой</b>
    <code>/books adjust КЛЮЧ ОТКУДА КУДА СУММА основание</code>
    Например: <code>/books adjust ticket-12 suspense:XTR user:7:XTR 50 письмо от 2 марта, чек приложен</code>

    Ключ (знаков не больше { $key }) делает исправление единственным: один и тот же ключ не двигает деньги дважды. Сумма – целое число звёзд. Основание (знаков не больше { $evidence }) – то, что могут проверить другие.
books-adjust-sure =
    <b>Перевести { $amount } ⭐?</b>
    Откуда <code>{ $source }</code>: { $before } ⭐, останется <b>{ $left } ⭐</b>
    Куда <code>{ $destination }</code>: { $there } ⭐, станет <b>{ $then } ⭐</b>
    Ключ: <code>{ $key }</code>
    Основание: { $evidence }

    Отменить это нельзя, только исправить другим исправлением. Пока ничего не сдвинулось.
books-adjust-yes = ✏️ Да, перевести { $amount } ⭐
books-adjusted =
    ✅ <b>Переведено { $amount } ⭐</b> из <code>{ $source }</code> в <code>{ $destination }</code>
    Ключ: <code>{ $key }</code>
    Основание: { $evidence }
books-adjust-made =
    Это уже сделано: { $amount } ⭐ из <code>{ $source }</code> в <code>{ $destination }</code>, ключ <code>{ $key }</code>. Снова ничего не движется.
books-adjust-stale = Эта кнопка о другом исправлении, не о том, что вы написали последним. Ничего не сдвинулось. Напишите его, пожалуйста, снова: /books adjust

countersigns =
    <b>Вторые подписи</b>
    { $total ->
        [0] Ничто не ждёт подписи или исполнения.
        [one] { $total } действие ждёт подписи или исполнения.
        [few] { $total } действия ждут подписи или исполнения.
       *[other] { $total } действий ждут подписи или исполнения.
    }
countersign-line = { $status ->
        [signed] ✅
       *[other] ✍️
    } { $id }: { $act ->
        [kill_switches-resume] возобновление
        [launch-resume] запуск
        [books-adjust] исправление
        [post_jobs-verdict] решение
        [withdrawals-approve] вывод
        [books-rebuild] пересчёт остатка
        [books-repair_entry] починка проводки
        [books-repair_escrow] починка удержания
       *[other] { $act }
    } · до { $until }
countersign-title = ✍️ <b>Вторая подпись</b>
countersign-asked = Номер { $id }, просит { $by }, { $at }
countersign-state = { $status ->
        [asked] 🕒 Ждёт другого администратора до { $until }
        [signed] ✅ Подпись: { $signer }. Кто просил, может сделать это один раз, до { $until }
        [used] 🏁 Подпись: { $signer }; сделано { $used }
       *[other] ⌛️ Срок истёк { $until }. Если это ещё нужно, попросите снова
    }
countersign-sign = ✍️ Подписать
countersign-later = Не сейчас
countersign-act = ▶️ Сделать сейчас
countersign-all = 📋 Все подписи
countersign-put-off = Хорошо, не сейчас. Это остаётся в /countersigns, пока не истечёт срок.
countersign-shell =
    Это касается самих книг, поэтому делается только из командной строки, с адресом базы данных владельца:
    { $command ->
        [none] Повторите команду так, как о ней просили, с <code>--countersign { $id } --as { $admin }</code>.
       *[other] <code>{ $command }</code>
    }
act-kill_switches-resume =
    Возобновить <b>{ $keys }</b>
    { $max_amount ->
        [kept] Предел цены размещения, если он есть, остаётся прежним
        [none] Цена размещения не ограничена
       *[other] Только размещения до { $max_amount } ⭐
    }
    { $max_open ->
        [kept] Предел числа открытых, если он есть, остаётся прежним
        [none] Число открытых не ограничено
       *[other] Открытых одновременно не больше: { $max_open }
    }
    { $epoch ->
        [none] Его строки нет
       *[other] Отменяет остановку номер { $epoch }, но не более позднюю
    }
    Причина: { $reason }
act-launch-resume =
    Возобновить <b>{ $keys }</b>
    на шаге { $step } прогона { $run } запуска
act-books-adjust =
    Перевести <b>{ $amount } ⭐</b>
    Откуда: <code>{ $source }</code>
    Куда: <code>{ $destination }</code>
    Ключ: <code>{ $key }</code>
    Основание: { $evidence }
act-post_jobs-verdict =
    Решение о размещении <b>{ $job_id }</b>: { $to ->
        [success] опубликовано и простояло
        [failed] не опубликовано
        [removed] снято или изменено раньше срока
       *[other] { $to }
    }
    { $message_id ->
        [none] Сообщение не названо
       *[other] Сообщение { $message_id } в канале (у альбома – первое)
    }
    Основание: { $evidence }
act-books-rebuild =
    Сделать остаток <code>{ $wallet }</code> равным сумме его проводок
    Сейчас: { $from } ⭐, станет <b>{ $to } ⭐</b>
    Основание: { $evidence }
act-books-repair_entry =
    { $lawful ->
        [none] Дополнить проводку <b>{ $entry }</b>, { $amount } ⭐ в <code>{ $wallet }</code>, встречной
       *[other] Исправить проводку <b>{ $entry }</b> в <code>{ $wallet }</code> с { $amount } ⭐ на <b>{ $lawful } ⭐</b>, как велит её перевод
    }{ $others ->
        [none] { "" }
       *[other] {" "}(вместе с проводками { $others })
    }
    Основание: { $evidence }
act-books-repair_escrow =
    Снова удержать escrow <b>{ $escrow }</b>: он числится как { $from }, хотя деньги не двигались
    Основание: { $evidence }
act-unknown =
    <code>{ $act } { $arguments }</code>
    Отсюда я этого сделать не могу; сделайте там, где об этом просили.
review = { $total ->
        [0] <b>Разбор</b>: человека ничего не ждёт.
        [one] <b>Разбор</b>: { $total } задача. 🔎 и 👁 нужно решение, ✖️ техническая неудача.
        [few] <b>Разбор</b>: { $total } задачи. 🔎 и 👁 нужно решение, ✖️ техническая неудача.
       *[many] <b>Разбор</b>: { $total } задач. 🔎 и 👁 нужно решение, ✖️ техническая неудача.
    }
review-line = { $mark } { $id } · { $channel } · { $price } ⭐
review-uncertain = пока никто не знает, вышел ли он
review-success = пост вышел, но никто не видит, остался ли он
review-case = 📄 Размещение
review-job =
    <b>Задача { $id }</b>, { $channel }, { $price } ⭐
    Заказана { $at }
    Состояние: { $state }
    Последняя ошибка: <code>{ $error }</code>
review-search = { $came ->
        [found] { $at } поиск по { $examined }: найден, сообщение { $message }
        [nothing] { $at } поиск по { $examined }: его там нет
       *[unknown] { $at } поиск по { $examined }: не удалось понять ({ $note })
    }
judge-found = ✅ Он там есть
judge-absent = ✖️ Его там нет
judge-served = ✅ Он отстоял своё время
judge-gone = ✖️ Его больше нет
judge-aside = ☑️ Разобрано
menu-review = 🔎 Разбор
verdict-message =
    <b>Задача { $id }</b>: какое это сообщение канала?
    Пришлите ссылку (<code>https://t.me/…/123</code>) или номер; у альбома – первого сообщения.
verdict-evidence = { $ruling ->
        [aside]
            <b>Задача { $id }</b>: чем кончилось?
            Она не удалась, и деньги вернулись; напишите, почему она больше никого не ждёт.
       *[other]
            <b>Задача { $id }</b>: откуда это известно?
            Напишите так, чтобы другие могли проверить: где и когда вы смотрели, что увидели.
    }
verdict-signature =
    <b>Задача { $id }</b>: выше предела решение подписывает второй админ.
    Подпись запрошена под номером { $countersign }. Когда она будет, нажмите кнопку.
verdict-again = ✍️ Подписано: решить
verdict-done = { $ruling ->
        [found] ✅ <b>Задача { $id }</b>: пост вышел. Деньги придут сами.
        [served] ✅ <b>Задача { $id }</b>: пост отстоял своё время. Деньги придут сами.
        [gone] ✖️ <b>Задача { $id }</b>: поста больше нет. Деньги вернутся сами.
        [aside] ☑️ <b>Задача { $id }</b> больше не в разборе.
       *[absent] ✖️ <b>Задача { $id }</b>: пост не вышел. Деньги вернутся сами.
    }
