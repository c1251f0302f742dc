import { smartComponentRoutes } from './bbo-exchanges.js';
import { depthRoutes } from './depth/depth-routes.js';
import { newsRoutes } from './news/news-routes.js';
import { optionCalculatorRoutes } from './option-calculator-routes.js';
import { advisorRoutes } from './reference/advisor-routes.js';
import { displayGroupRoutes } from './reference/display-groups.js';
import { fundamentalRoutes } from './reference/fundamental-routes.js';
import { wshRoutes } from './reference/wsh-routes.js';
import type { Route } from './route.js';
import type { RouteContext } from './route-context.js';
import { scannerRoutes } from './scanner/scanner-routes.js';

/** Order books, calculators, scans, news, and what TWS knows about itself and the login. */
export function referenceRoutes(context: RouteContext): readonly Route[] {
  return [
    ...depthRoutes(context),
    ...optionCalculatorRoutes(context),
    ...smartComponentRoutes(),
    ...scannerRoutes(context),
    ...newsRoutes(context),
    ...fundamentalRoutes(context),
    ...wshRoutes(),
    ...displayGroupRoutes(context),
    ...advisorRoutes(context),
  ];
}
