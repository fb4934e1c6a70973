### The desk of the staff: queues, search, cards of things, tickets, the audit trail, blocks.

notice-ticket =
    🚩 <b>Ticket { $id }</b> from { $name } ({ $from }):
    { $text }
notice-ticket-closed =
    ✅ <b>Your ticket { $id }</b> is closed: { $evidence }

    <b>Statement</b> of your wallet, <code>{ $wallet }</code>
    Balance: <b>{ $balance } ⭐</b>
    { $many ->
        [0] Your ledger has no entries, so the balance is nothing.
        [one] The sum of its { $many } entry in the ledger: { $entries } ⭐
       *[other] The sum of its { $many } entries in the ledger: { $entries } ⭐
    }
    All of them are in your /wallet. Is something still wrong? /report
ticket-look = 🚩 Open the ticket
error-too-many-tickets = { $most ->
        [one] { $most } ticket of yours is open already. It will be answered first.
       *[other] { $most } tickets of yours are open already. They will be answered first.
    }
error-balance-differs = <code>{ $wallet }</code> says { $balance } ⭐, but its entries sum to { $entries } ⭐. The books have to be mended first (/books); the ticket stays open.
