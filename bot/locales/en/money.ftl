### The wallet and what comes in.

wallet =
    <b>Wallet</b>
    Available: <b>{ $available } ⭐</b>
    Held for placements: { $held } ⭐
wallet-withdraw = Available to withdraw: { $amount } ⭐
wallet-maturing = Earned and still maturing: { $amount } ⭐, the first on { $at }
wallet-empty = Nothing has moved yet.
wallet-entries = <b>Last movements</b>, times in { $zone }
wallet-entry = { $at }: <b>{ $sign }{ $amount } ⭐</b> { $reason ->
        [deposit] top-up
        [escrow_hold] held for placement { $about }
        [payout] earned with placement { $about }
        [fee] fee of placement { $about }
        [rebate] partly returned from placement { $about }
        [refund] returned from placement { $about }
        [withdrawal_hold] set aside for withdrawal { $about }
        [withdrawal] withdrawal { $about } paid out
        [withdrawal_return] withdrawal { $about } returned
        [adjustment] correction
        [loss] made good by the house
       *[other] { $reason }
    }, then { $after } ⭐
wallet-older = Older ▶️
wallet-newest = ◀️ Newest
wallet-top-up = ➕ Top up
deposit =
    <b>Top up</b>
    How many Stars? Choose, or write <code>/deposit 1000</code>.
deposit-other = Another amount
deposit-ask = How many Stars? Write a whole number.
deposit-button = { $amount } ⭐
invoice-title = Top up { $amount } ⭐
invoice-description = { $amount ->
        [one] { $amount } Star goes to your Holdfast wallet.
       *[other] { $amount } Stars go to your Holdfast wallet.
    }
invoice-label = Holdfast wallet
deposit-received = { $amount ->
        [one] Your payment of { $amount } Star is received and safe.
       *[other] Your payment of { $amount } Stars is received and safe.
    } It will be in your wallet as soon as money moves again; you need not do anything.
