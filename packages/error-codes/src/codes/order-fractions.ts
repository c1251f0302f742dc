import { codeGroup } from '../code-record.js';
import type { CodeRecord } from '../code-record.js';

/** Fractions, cash quantities and crypto orders. */
export const ORDER_FRACTION_CODES: readonly CodeRecord[] = codeGroup(
  { category: 'order', scope: 'order', effect: 'orderRejected', retryable: false, strategy: { kind: 'reject' } },
  [
    [
      10241,
      'moneyOrderModify',
      'An order given as an amount of money cannot be changed through the API.',
      ['Cancel it and place another, or change it in TWS.'],
      { effect: 'cancelVerdict', strategy: { kind: 'reconcile' } },
    ],
    [
      10242,
      'fractionalModify',
      'An order for a fraction cannot be changed through the API.',
      ['Cancel it and place another, or change it in TWS.'],
      { effect: 'cancelVerdict', strategy: { kind: 'reconcile' } },
    ],
    [
      10243,
      'fractionalPlace',
      'Orders for fractions cannot be placed through the API here.',
      ['Round to whole units, or place it in TWS.'],
    ],
    [
      10244,
      'cashQuantityNotAllowed',
      'This order takes no cash quantity.',
      ['Send a size instead.'],
    ],
    [
      10245,
      'instrumentNotFractional',
      'The instrument does not trade in fractions.',
      ['Round to whole units.'],
    ],
    [
      10246,
      'orderNotFractional',
      'This order cannot be for a fraction.',
      ['Round to whole units, or change the order type.'],
    ],
    [
      10247,
      'fractionalNeedsSmart',
      'Fractions are routed by SMART only.',
      ['Set the exchange to SMART.'],
    ],
    [
      10248,
      'accountNotFractional',
      'The account has no permission for fractions.',
      ['Request it in the account management pages.'],
    ],
    [
      10249,
      'typeNotFractional',
      'This order type does not take fractions.',
      ['Use a market or limit order, or whole units.'],
    ],
    [
      10251,
      'allocationNotFractional',
      'Orders with an allocation cannot be for fractions.',
      ['Round to whole units.'],
    ],
    [
      10252,
      'openingNotFractional',
      'Only an order that closes a position can be for a fraction here.',
      ['Round to whole units, or close the exact position.'],
    ],
    [
      10287,
      'cryptoUnconfirmed',
      'The crypto order was not confirmed.',
      ['Confirm the dialog in TWS, or switch it off there.'],
    ],
    [
      10288,
      'cryptoMarketConfirm',
      'TWS wants a market order in crypto confirmed in its own dialog.',
      ['Confirm it in TWS, or use a limit order.'],
    ],
    [
      10289,
      'cashQuantityRequired',
      'This order needs a cash quantity.',
      ['Set the cash quantity and leave the size out: market buys of crypto work that way.'],
    ],
    [
      10290,
      'cashQuantityOnly',
      'This order can be given in cash only.',
      ['Set the cash quantity instead of the size.'],
    ],
    [
      10291,
      'lossHarvestNeedsDay',
      'Orders that realise a tax loss must be for the day.',
      ['Set time in force DAY.'],
    ],
    [
      10292,
      'typeActionRestricted',
      'This order type does not exist for this side.',
      ['Change the type: crypto buys and sells differ.'],
    ],
    [
      10293,
      'cashAndSize',
      'A crypto order in cash cannot have a size too.',
      ['Leave the size out.'],
    ],
    [
      10317,
      'cashQuantityIncrement',
      'The cash quantity is not a multiple of the smallest step for these contracts.',
      ['Round it to the step in the text.'],
    ],
    [
      10318,
      'quantityNotFractional',
      'This order takes whole quantities only.',
      ['Round to whole units.'],
    ],
  ],
);
