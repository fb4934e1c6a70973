### Выводы: их просят те, кто заработал, решают и платят вручную администраторы.

command-withdraw = Вывести заработанное
menu-withdraw = 🏧 Вывести
menu-withdrawals = 🧾 Мои выводы
wallet-withdrawing = Отложено на вывод: { $amount } ⭐
withdraw-none =
    <b>Вывод</b>
    Доступно к выводу: { $available } ⭐, а наименьшая сумма – { $least } ⭐. Вывести можно то, что заработано размещениями и уже дозрело (см. кошелёк); пополнения можно потратить здесь.
withdraw-amount =
    <b>Вывод</b>
    Сколько звёзд? Напишите целое число, от { $least } до { $available }.
withdraw-all = Все { $available } ⭐
withdraw-destination =
    <b>Куда?</b>
    { $amount } ⭐ администратор выплатит вручную. Напишите, куда и как: сеть и адрес или банк и счёт. Не больше 300 знаков. Проверьте хорошо: изменить потом нельзя.
withdraw-confirm =
    <b>Вывести { $amount } ⭐?</b>
    Куда: { $destination }
    Останется в кошельке: { $after } ⭐
    { $waits ->
        [true] Выплатить можно после одобрения администратором; первый вывод одобряют не раньше: { $since }.
       *[other] Выплатить можно сразу после одобрения администратором.
    }
    Звёзды откладываются сразу. Пока не решено, вывод можно отозвать.
withdraw-yes = ✅ Вывести { $amount } ⭐
withdraw-done = ✅ <b>Запрошено.</b> Администраторы знают. О том, что с выводом, вы узнаете здесь.
withdrawals = <b>Ваши выводы</b>: { $total ->
        [0] пока нет.
       *[other] { $total }
    }
withdrawal-line = { $status ->
        [requested] 🕒
        [approved] 👍
        [sending] 📤
        [uncertain] ❔
        [paid] ✅
        [rejected] ✖️
        [cancelled] ↩️
       *[returned] ↩️
    } { $id } · { $amount } ⭐
withdrawal =
    🏧 <b>Вывод { $id }</b>, { $amount } ⭐
    Куда: { $to }
    Запрошен: { $at }
    { $state }
withdrawal-state = { $status ->
        [requested] 🕒 Ждёт администратора. { $waits ->
            [true] Первый вывод можно одобрить начиная с: { $since }.
           *[other] Звёзды отложены.
        }
        [approved] 👍 Одобрен; его выплатят вручную.
        [sending] 📤 Его выплачивают.
        [uncertain] ❔ Пока никто не знает, прошла ли выплата; это выясняется. Звёзды остаются отложенными.
        [paid] ✅ Выплачен. Номер платежа: <code>{ $reference }</code>
        [rejected] ✖️ Не выплачен: { $note }. Звёзды снова в вашем кошельке.
        [cancelled] ↩️ Вы его отозвали. Звёзды в вашем кошельке.
       *[returned] ↩️ Он не дошёл: { $note }. Звёзды снова в вашем кошельке.
    }
withdrawal-cancel = ↩️ Отозвать
withdrawal-cancel-ask = <b>Отозвать?</b> Звёзды сразу вернутся в кошелёк. Попросить снова можно в любое время.
withdrawal-sure = ↩️ Да, отозвать
withdrawal-look = 🏧 Открыть вывод

notice-withdrawal =
    🏧 <b>Вывод { $id }</b>: { $name } ({ $user }) просит { $amount } ⭐.
    Ждёт администратора.
notice-withdrawal-approved = 👍 Ваш вывод { $id } на <b>{ $amount } ⭐</b> одобрен. Его выплатят вручную; вы узнаете об этом здесь.
notice-withdrawal-paid =
    ✅ <b>Выплачено: { $amount } ⭐</b>, вывод { $id }.
    Номер платежа: <code>{ $reference }</code>
    Не дошло? /report
notice-withdrawal-uncertain = ❔ Ваш вывод { $id } на <b>{ $amount } ⭐</b>: пока никто не знает, прошла ли выплата. Это выясняется, до тех пор звёзды остаются отложенными. Делать ничего не нужно.
notice-withdrawal-back = { $how ->
        [rejected] ✖️ Ваш вывод { $id } не одобрен: { $note }.
        [cancelled] ↩️ Вы отозвали вывод { $id }.
       *[returned] ↩️ Ваш вывод { $id } не дошёл: { $note }.
    } <b>{ $amount } ⭐</b> снова в вашем кошельке.

desk-to-pay = 🏧 Выводы: { $many }
desk-list-to-pay = <b>Открытые выводы</b>: { $total ->
        [0] нет.
       *[other] { $total }, сначала старые.
    }
desk-list-ended-withdrawals = <b>Завершённые выводы</b>: { $total ->
        [0] пока нет.
       *[other] { $total }, сначала новые.
    }
desk-to-to-pay = 🏧 Открытые выводы
desk-to-ended-withdrawals = ✅ Завершённые выводы
desk-withdrawal = { $id } · { $name } · { $amount } ⭐ · { $status }
case-withdrawal =
    🏧 <b>Вывод { $id }</b>, { $name } (<code>{ $user }</code>): <b>{ $amount } ⭐</b>, { $status ->
        [requested] ждёт администратора
        [approved] одобрен, к выплате
        [sending] выплачивается
        [uncertain] неизвестно, выплачен ли
        [paid] выплачен
        [rejected] отклонён
        [cancelled] отозван
       *[returned] не дошёл
    }
    Куда платить: <code>{ $to }</code>
    Запрошен: { $at }
    Одобрить можно с: { $since }
    Одобрил: { $approved }
    Выплачивает: { $sending }
    Завершил: { $ended }
    Номер платежа: <code>{ $reference }</code>
    Примечание: { $note }
case-withdrawal-blocked = ⛔️ Получатель заблокирован с: { $at }.
handle-approve = 👍 Одобрить
handle-send = 📤 Плачу сейчас
handle-reject = ✖️ Отклонить
handle-paid = ✅ Выплачено
handle-uncertain = ❔ Неизвестно
handle-returned = ↩️ Не дошло
handle-ask = { $deed ->
        [paid] <b>Вывод { $id } выплачен:</b> под каким номером? Напишите, как платёж называется у провайдера. Он оплачивает этот вывод и никакой другой; получатель узнает номер.
        [reject] <b>Отклонить вывод { $id }?</b> Почему? Звёзды вернутся, получатель узнает причину вашими словами.
        [uncertain] <b>Неизвестно, выплачен ли вывод { $id }?</b> Что случилось? Ваши слова сохранит журнал. Пока это не выяснится, платить снова нельзя.
       *[returned] <b>Вывод { $id } не дошёл?</b> Как это могут проверить другие? Звёзды вернутся, получатель узнает это вашими словами.
    }
act-withdrawals-approve =
    Одобрить вывод <b>{ $withdrawal_id }</b> пользователя <code>user:{ $user }</code>: <b>{ $amount } ⭐</b>
    Куда платить: { $destination }
act-withdrawals-reject =
    Отклонить одобренный вывод <b>{ $withdrawal_id }</b> пользователя <code>user:{ $user }</code>: <b>{ $amount } ⭐</b> возвращаются
    Убедитесь, что его никто не выплатил. Причина: { $reason }
act-withdrawals-give_back =
    Вывод <b>{ $withdrawal_id }</b> пользователя <code>user:{ $user }</code> не дошёл: <b>{ $amount } ⭐</b> возвращаются
    Основание: { $reason }

error-too-little = Наименьшая сумма вывода – { $least } ⭐.
error-not-earned = Вы просите { $asked } ⭐; доступно к выводу { $available } ⭐. То, что ещё дозревает, можно вывести позже.
error-already-withdrawing = У вас уже есть открытый вывод. Только один сразу: он виден в кошельке; пока не решено, его можно отозвать.
error-too-early = { $hours ->
        [one] Это первый вывод. Одобрить его можно меньше чем через { $hours } час.
        [few] Это первый вывод. Одобрить его можно меньше чем через { $hours } часа.
       *[many] Это первый вывод. Одобрить его можно меньше чем через { $hours } часов.
    }
error-being-paid = Его выплачивает другой администратор ({ $by }), он и скажет, что вышло. Не платите второй раз. Если спросить его нельзя, сначала отметьте, что это неизвестно.
error-paid-otherwise = Он уже выплачен, номер платежа «{ $reference }». Выплачен дважды? Сообщите другим администраторам.
error-reference-taken = Под номером «{ $reference }» уже выплачен { $other }. Один платёж – один вывод: проверьте номер.
