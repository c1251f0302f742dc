import type { ApiScan } from '@ibkit/api-contract';
import type { ScanRow } from '@ibkit/market-data';
import { contractView } from './contract.js';
import { known } from './known.js';

/** A row of a scan, from rank 0. */
export function scanRowView({ rank, contract, marketName, distance, benchmark, projection, legs }: ScanRow): ApiScan['rows'][number] {
  return known({ rank, contract: contractView(contract), marketName, distance, benchmark, projection, legs });
}
