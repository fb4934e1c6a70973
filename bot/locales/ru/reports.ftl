### Жалобы: на каналы, посты и людей; и что здесь нельзя рекламировать.

prohibited =
    <b>Что здесь нельзя рекламировать:</b> обман и пирамиды, наркотики, оружие, азартные игры без лицензии, порнографию, ненависть и насилие, чужие личные данные, вредоносные программы, поддельные документы. Такие посты отклоняют, а тех, кто их заказывает, блокируют.
report-button = { $thing ->
        [channel] 🚩 Пожаловаться на канал
        [creative] 🚩 Пожаловаться
       *[person] 🚩 Пожаловаться на вторую сторону
    }
report-why = { $thing ->
        [channel] <b>Что не так с этим каналом?</b>
        [creative] <b>Что не так с этим постом?</b>
       *[person] <b>Что не так со второй стороной?</b>
    } Посмотрит сотрудник; вторая сторона не узнает, кто пожаловался.
report-fraud = 🎭 Обман
report-prohibited = ⛔️ Запрещённая тема
report-spam = 📢 Спам
report-other = ✍️ Другое
report-thing = { $thing ->
        [channel] канал
        [creative] пост размещения
       *[person] человек
    }
report-words = Напишите одним сообщением, что не так, не больше 300 знаков.
report-filed = 🚩 Спасибо, это жалоба { $id }. Её рассмотрит человек, и вы узнаете, чем она кончилась.
report-look = 🚩 Открыть жалобу
notice-report =
    🚩 <b>Жалоба { $id }</b> от { $name }: { $thing } { $about }, { $reason }{ $words ->
        [none] { "" }
       *[other] . { $words }
    }
notice-report-ended = { $upheld ->
        [true] ✅ Ваша жалоба { $id } подтвердилась, спасибо. { $finding }
       *[other] Мы рассмотрели жалобу { $id } и не нашли, что делать. { $finding }
    }
case-report =
    🚩 <b>Жалоба { $id }</b>: { $thing } { $about }, { $reason }
    От { $name } (<code>{ $user }</code>), { $at }{ $words ->
        [none] { "" }
       *[other] . { $words }
    }
case-report-ended = { $status ->
        [upheld] ✅ Подтверждена
       *[other] ✖️ Отклонена
    } { $at }, { $by }: { $finding }
error-too-many-reports = { $most ->
        [one] У вас уже открыта { $most } жалоба. Сначала рассмотрят её.
        [few] У вас уже открыты { $most } жалобы. Сначала рассмотрят их.
       *[many] У вас уже открыто { $most } жалоб. Сначала рассмотрят их.
    }
desk-reports = 🚩 Жалобы: { $many }
desk-list-reports = <b>Жалобы</b>: { $total ->
        [0] открытых нет
        [one] { $total } открыта
        [few] { $total } открыты
       *[other] { $total } открыто
    }
desk-report = { $id } · { $thing } · { $reason } · { $name }
desk-uphold = ✅ Подтвердить
desk-reject = ✖️ Отклонить
