import { AccountError, OrderError } from '@ibkit/error-codes';

/** What a token that is limited to accounts may not do. */
export function accountRefusal(detail: string): AccountError {
  return new AccountError({ code: 'IBKR_HTTP_ACCOUNT', message: `This token is limited to accounts. ${detail}` });
}

/** An order of another account is not there for such a token: that it exists is nothing that it may learn. */
export function noSuchOrder(): OrderError {
  return new OrderError({ code: 'IBKR_ORDER_NOT_FOUND', message: 'There is no order with this id or key.' });
}
