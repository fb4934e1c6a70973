### Кошелёк и пополнение.

wallet =
    <b>Кошелёк</b>
    Доступно: <b>{ $available } ⭐</b>
    Удержано под размещения: { $held } ⭐
wallet-withdraw = Доступно к выводу: { $amount } ⭐
wallet-maturing = Заработано и ещё дозревает: { $amount } ⭐, ближайшее: { $at }
wallet-empty = Движений ещё не было.
wallet-entries = <b>Последние движения</b>, время: { $zone }
wallet-entry = { $at }: <b>{ $sign }{ $amount } ⭐</b> { $reason ->
        [deposit] пополнение
        [escrow_hold] удержано под размещение { $about }
        [payout] заработано, размещение { $about }
        [fee] комиссия, размещение { $about }
        [rebate] возвращено частично, размещение { $about }
        [refund] возвращено, размещение { $about }
        [withdrawal_hold] отложено на вывод { $about }
        [withdrawal] вывод { $about } выплачен
        [withdrawal_return] вывод { $about } возвращён
        [adjustment] исправление
        [loss] возмещено площадкой
       *[other] { $reason }
    }, стало { $after } ⭐
wallet-older = Раньше ▶️
wallet-newest = ◀️ Новые
wallet-top-up = ➕ Пополнить
deposit =
    <b>Пополнение</b>
    Сколько звёзд? Выберите или напишите <code>/deposit 1000</code>.
deposit-other = Другая сумма
deposit-ask = Сколько звёзд? Напишите целое число.
deposit-button = { $amount } ⭐
invoice-title = Пополнение на { $amount } ⭐
invoice-description = { $amount ->
        [one] { $amount } звезда поступит в ваш кошелёк Holdfast.
        [few] { $amount } звезды поступят в ваш кошелёк Holdfast.
       *[other] { $amount } звёзд поступят в ваш кошелёк Holdfast.
    }
invoice-label = Кошелёк Holdfast
deposit-received = { $amount ->
        [one] Ваш платёж принят: { $amount } звезда, она в сохранности.
        [few] Ваш платёж принят: { $amount } звезды, они в сохранности.
       *[other] Ваш платёж принят: { $amount } звёзд, они в сохранности.
    } Сумма появится в кошельке, как только деньги снова начнут двигаться; делать ничего не нужно.
