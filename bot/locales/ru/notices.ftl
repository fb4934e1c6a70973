### Уведомления: приходят сами и не меняются, кроме карточки заявки.

notice-request =
    <b>Заявка в канал { $channel }</b>
    👆 Выше пост, ровно такой, каким он выйдет.

    Цена: { $price } ⭐, комиссия { $fee } ⭐: <b>вам { $payout } ⭐</b>
    В ленте: { $stay }
    Выйдет: { $when }
    Ответьте, пожалуйста, до { $until }. Без ответа деньги вернутся рекламодателю.
notice-approved = 👍 Канал <b>{ $channel }</b> одобрил ваш пост. Он выйдет { $when }.
notice-published =
    ✅ Опубликовано в канале <b>{ $channel }</b>: { $link }
    { $until ->
        [none] Минимального срока нет.
       *[other] Должно простоять без изменений до { $until }.
    }
notice-failed =
    ✖️ Размещение в канале <b>{ $channel }</b> не выйдет: { $reason }.{ $note }
    { $side ->
        [advertiser] Вся цена возвращается в ваш кошелёк.
       *[other] От вас ничего не требуется.
    }
notice-removed =
    ⚠️ Пост в канале <b>{ $channel }</b> сняли или изменили раньше срока.
    { $side ->
        [advertiser] Вся цена возвращается в ваш кошелёк.
       *[other] Поэтому он не оплачивается: цена возвращается рекламодателю.
    }
notice-paid =
    💰 <b>+{ $payout } ⭐</b> за пост в канале <b>{ $channel }</b>.
    Цена { $amount } ⭐, комиссия { $fee } ⭐.
notice-served =
    🏁 Ваш пост в канале <b>{ $channel }</b> простоял положенное.
    Заплачено: { $amount } ⭐, из них комиссия { $fee } ⭐.
notice-refunded = ↩️ <b>+{ $amount } ⭐</b> вернулись в ваш кошелёк за размещение в канале <b>{ $channel }</b>.
notice-deposit-credited = ➕ <b>+{ $amount } ⭐</b> в вашем кошельке.
notice-report =
    🚩 <b>Сообщение</b> от { $name } ({ $from }):
    { $text }
note = { " " }Причина: «{ $note }»
notice-countersign = ✍️ <b>Другой администратор просит вашей подписи</b>
notice-countersigned = ✅ <b>Подписано: можно делать</b>
notice-taken-back = ⚠️ Telegram забрал { $amount } ⭐ у пользователя { $user }. Он заблокирован; деньги последуют сами.
