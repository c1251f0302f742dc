import { codeGroup } from '../code-record.js';
import type { CodeRecord } from '../code-record.js';

/** A modify or cancel was refused; the order keeps the state that it had. */
export const ORDER_VERDICT_CODES: readonly CodeRecord[] = codeGroup(
  { category: 'order', scope: 'order', effect: 'cancelVerdict', retryable: false, strategy: { kind: 'reconcile' } },
  [
    [
      104,
      'modifyFilled',
      'The order was filled before the change arrived.',
      ['Take the fill from the executions; the change had no effect.'],
    ],
    [
      105,
      'modifyFrozenFields',
      'The change touches fields that cannot change; the working order is as before.',
      ['Change only price, quantity and time in force; otherwise cancel and place another.'],
    ],
    [
      134,
      'modifyFailed',
      'The change failed.',
      ['Read the order again before the next change.'],
    ],
    [
      135,
      'orderNotFound',
      'No order with this id is known, so it cannot be cancelled.',
      ['Look in completed orders and executions: it may be filled or cancelled already.'],
    ],
    [
      136,
      'notCancellable',
      'This order cannot be cancelled.',
      ['Read its state again: most likely it is filled or being filled.'],
    ],
    [
      161,
      'notInCancellableState',
      'The order is not in a state in which it can be cancelled.',
      ['Read its state again: most likely it is filled or cancelled already.'],
    ],
    [
      327,
      'autoBindClientZero',
      'Only client id 0 can bind orders that were entered by hand.',
      ['Connect with client id 0 for that.'],
      { scope: 'request', effect: 'requestFailed', strategy: { kind: 'reject' } },
    ],
    [
      328,
      'trailingParentInvalid',
      'A trailing stop can be attached to a limit or stop-limit order only; this child is dead.',
      ["Change the parent's type, or send the trailing stop after the fill."],
      { effect: 'orderRejected', strategy: { kind: 'reject' } },
    ],
    [
      329,
      'modifyTypeRefused',
      'A working order cannot change to this type.',
      ['Cancel it and place another.'],
    ],
    [
      440,
      'modifyAlgoRefused',
      'The algorithm of a working order cannot be changed.',
      ['Cancel it and place another.'],
    ],
    [
      444,
      'volatilityComboPending',
      'The volatility combination was not acknowledged yet, so it cannot be changed.',
      ['Wait for its next status.'],
    ],
    [
      2102,
      'modifyStillProcessing',
      'The order cannot be changed while TWS still works on it.',
      ['Wait for the next status, then send the change again.'],
      { retryable: true },
    ],
    [
      10147,
      'orderToCancelNotFound',
      'The order to cancel is not known to this client.',
      [
        'Cancel it from the client id that placed it.',
        'Look in completed orders and executions: it may be over already.',
      ],
    ],
    [
      10148,
      'notCancellableInState',
      'The order cannot be cancelled in its present state, which the text names.',
      ['A filled order stays filled: take the fill from the executions.'],
    ],
    [
      10326,
      'ocaRevisionRefused',
      'The one-cancels-all group of a working order cannot be changed.',
      ['Cancel it and place another with a fresh group name.'],
    ],
    [
      10327,
      'ocaTypeRevisionRefused',
      'The type of a one-cancels-all group cannot be changed.',
      ['Use a fresh group name with the other type.'],
    ],
    [
      10341,
      'parentIdFixed',
      'The parent of a child order cannot be changed.',
      ['Cancel the child and place another.'],
    ],
  ],
);
