### Reports: what people find wrong with channels, posts and people; and what nobody may advertise.

prohibited =
    <b>What nobody may advertise here:</b> fraud and pyramid schemes, drugs, weapons, gambling without a licence, pornography, hatred and violence, stolen or private data, malware, forged papers. Such posts are declined, and who books them is blocked.
report-button = { $thing ->
        [channel] 🚩 Report this channel
        [creative] 🚩 Report
       *[person] 🚩 Report the other side
    }
report-why = { $thing ->
        [channel] <b>What is wrong with this channel?</b>
        [creative] <b>What is wrong with this post?</b>
       *[person] <b>What is wrong with the other side?</b>
    } Our staff will look; the other side is not told who reported.
report-fraud = 🎭 Fraud
report-prohibited = ⛔️ A prohibited topic
report-spam = 📢 Spam
report-other = ✍️ Something else
report-thing = { $thing ->
        [channel] channel
        [creative] the post of placement
       *[person] person
    }
report-words = Write in one message what is wrong, at most 300 characters.
report-filed = 🚩 Thank you, this is report { $id }. A person will look, and you will be told what came of it.
report-look = 🚩 Open the report
notice-report =
    🚩 <b>Report { $id }</b> from { $name }: { $thing } { $about }, { $reason }{ $words ->
        [none] { "" }
       *[other] . { $words }
    }
notice-report-ended = { $upheld ->
        [true] ✅ You were right with report { $id }, thank you. { $finding }
       *[other] We looked into report { $id } and found nothing to act on. { $finding }
    }
case-report =
    🚩 <b>Report { $id }</b>: { $thing } { $about }, { $reason }
    By { $name } (<code>{ $user }</code>), { $at }{ $words ->
        [none] { "" }
       *[other] . { $words }
    }
case-report-ended = { $status ->
        [upheld] ✅ Upheld
       *[other] ✖️ Dismissed
    } { $at } by { $by }: { $finding }
error-too-many-reports = { $most ->
        [one] { $most } report of yours is open already. It will be looked at first.
       *[other] { $most } reports of yours are open already. They will be looked at first.
    }
desk-reports = 🚩 Reports: { $many }
desk-list-reports = <b>Reports</b>: { $total ->
        [0] none is open
        [one] { $total } is open
       *[other] { $total } are open
    }
desk-report = { $id } · { $thing } · { $reason } · { $name }
desk-uphold = ✅ Uphold
desk-reject = ✖️ Dismiss
