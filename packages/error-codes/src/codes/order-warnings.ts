import { codeGroup } from '../code-record.js';
import type { CodeRecord } from '../code-record.js';

/** Messages about orders that live on, and the news that one is over. */
export const ORDER_WARNING_CODES: readonly CodeRecord[] = codeGroup(
  { category: 'order', scope: 'order', effect: 'warning', retryable: false, strategy: { kind: 'ignore' } },
  [
    [
      131,
      'sweepFlagIgnored',
      'Sweep to fill and display size are for US stocks through SMART only, and were ignored.',
      ['Clear both fields for other orders.'],
    ],
    [
      202,
      'orderCancelled',
      'The order was cancelled: by a request, or by the broker or exchange; the text may have the reason.',
      [
        'If nobody asked for it, read the reason in the text.',
        'Fills can still arrive: compare with the executions.',
      ],
      { effect: 'orderCancelled', strategy: { kind: 'reconcile' } },
    ],
    [
      382,
      'ticksConstraint',
      "The price breaks the tick limit of TWS's precautionary settings.",
      ['Check the price, or bypass precautions for API orders.'],
      { effect: 'orderRejected', strategy: { kind: 'reject' } },
    ],
    [
      383,
      'sizeConstraint',
      "The size breaks the limit of TWS's precautionary settings.",
      ['Check the size, or raise the limit in the settings.'],
      { effect: 'orderRejected', strategy: { kind: 'reject' } },
    ],
    [
      399,
      'orderMessage',
      'A message about the order, which normally goes on: held until the open, reduced, restricted.',
      ['Read the text.', "Follow the order's status, not this message."],
    ],
    [
      404,
      'heldForLocate',
      'The short sale waits until shares are located.',
      ['Wait, or cancel the order; it can fill at any time.'],
    ],
    [
      481,
      'sizeReduced',
      'The broker reduced the size of the order.',
      ['Take the new size from the order itself.'],
    ],
    [
      2109,
      'outsideRthIgnored',
      'The flag for working outside regular hours is ignored for this order.',
      ['Clear the flag to silence the warning.'],
    ],
    [
      2111,
      'algoTimesMoved',
      'Start or end of the algorithm moved to the next trading day.',
      ['Check the times, or switch the automatic move off in TWS.'],
    ],
    [
      2137,
      'crossSide',
      'The order can turn the position from long to short, or back.',
      ['Check the quantity; the warning can be switched off in TWS.'],
    ],
    [
      2161,
      'priceCapped',
      'The order may be given a capped price by the broker.',
      ['Expect a fill no better than the cap, and read the text for it.'],
    ],
    [
      2168,
      'eTradeOnlyIgnored',
      'The field eTradeOnly is no longer supported, and was dropped.',
      ['Send it as false.'],
    ],
    [
      2169,
      'firmQuoteOnlyIgnored',
      'The field firmQuoteOnly is no longer supported, and was dropped.',
      ['Send it as false.'],
    ],
    [
      10018,
      'ordersUseEconomicValue',
      'Orders in this product follow an economic value rule.',
      ["Read the contract's value rule and multiplier before you compare sizes."],
    ],
    [
      10019,
      'tradesUseEconomicValue',
      'Trades in this product follow an economic value rule.',
      ["Read the contract's value rule and multiplier before you compare prices."],
    ],
    [
      10233,
      'cashPresetApplied',
      'Defaults of the TWS cash preset were added to the order.',
      ['Set those fields yourself, or empty the preset.'],
    ],
    [
      10311,
      'directRouteFee',
      'The order goes directly to one exchange, which may cost more.',
      ['Use SMART, or accept the fee.'],
    ],
    [
      10328,
      'orderOutcomeUnresolved',
      'The connection was lost, and what became of the order could not be resolved.',
      ['Read open orders, completed orders and executions before anything else.', 'Do not send it again.'],
      { strategy: { kind: 'reconcile' } },
    ],
    [
      10329,
      'directRoute',
      'The order goes directly to one exchange.',
      ['Use SMART if that is not meant.'],
    ],
    [
      10331,
      'stopWarning',
      'A general warning about how stop orders work.',
      ['Stops can fill far from their price; the warning can be switched off in TWS.'],
    ],
    [
      10332,
      'cryptoVolatility',
      'A general warning that crypto prices move fast.',
      ['The warning can be switched off in TWS.'],
    ],
    [
      10333,
      'exerciseAtTheMoney',
      'An option that is near the money is being exercised.',
      ['Compare the strike with the underlying before you go on.'],
    ],
    [
      10335,
      'presetConflict',
      'The order presets of TWS contradict each other and were not applied as configured.',
      ['Correct the presets in TWS; set every field yourself.'],
    ],
    [
      10347,
      'limitedLiquidity',
      'The security trades little, so a position may be hard to close.',
      ['Check volume and spread first.'],
    ],
    [
      10349,
      'tifSetByPreset',
      'A TWS preset set the time in force to DAY; the order lives.',
      ['Set the time in force yourself.', 'Do not take this for a cancel.'],
    ],
  ],
);
