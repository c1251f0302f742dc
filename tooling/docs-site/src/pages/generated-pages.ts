import { brokerCodesPage } from './broker-codes-page.js';
import { errorsPage } from './errors-page.js';

/** The pages that are made from the sources, by their path from the root of the repository. */
export const GENERATED_PAGES: Readonly<Record<string, () => string>> = {
  'docs/errors.md': errorsPage,
  'docs/broker-codes.md': brokerCodesPage,
};
