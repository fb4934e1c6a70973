### Для команды.

board =
    <b>Выключатели</b>
    ENABLED разрешает, HALTED запрещает. Остановка действует сразу; перед возобновлением я переспрошу.
board-line = { $enabled ->
        [true] 🟢 <b>{ $key }</b> ENABLED
       *[other] 🔴 <b>{ $key }</b> HALTED
    }
board-since = { "   " }с { $at }, { $actor }: { $reason }
board-missing = { "   " }строки нет, поэтому считается HALTED
board-halt = 🔴 Остановить { $key }
board-resume = 🟢 Возобновить { $key }
board-init = Создать недостающие строки, HALTED
board-usage =
    Я понимаю:
    /killswitch
    /killswitch halt payouts &lt;причина&gt;
    /killswitch resume payouts &lt;причина&gt;
    Выключатели: { $switches }.
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
board-halted = 🔴 <b>{ $key }</b> HALTED. С этой минуты ничего, что он запрещает, не происходит.
board-halted-already = 🔴 <b>{ $key }</b> и так был HALTED.
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
books-offences =
    ❗️ <b>Книги: { $many ->
        [one] { $many } нарушение
        [few] { $many } нарушения
       *[other] { $many } нарушений
    }</b>
books-offence = { $invariant }: { $subject } – { $detail }
books-more = … и ещё { $many }; см. <code>holdfast books check</code>.
