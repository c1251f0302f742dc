import type { BrokerOperations } from '@ibkit/api-contract';
import { notConfiguredError } from '../not-configured.js';
import type { RecordingsDesk } from './recordings-desk.js';

/** What is recorded, and beginning and ending that. */
export function recordingOperations({ desk }: { readonly desk: RecordingsDesk | undefined }): Pick<BrokerOperations, 'recordings' | 'startRecording' | 'stopRecording'> {
  const required = (): RecordingsDesk => {
    if (desk === undefined) throw notConfiguredError('recordings');
    return desk;
  };
  return {
    recordings: async () => ({ recordings: await required().list() }),
    startRecording: async ({ body }, { signal } = {}) => required().start(body.topics, signal),
    stopRecording: async ({ id }) => required().stop(id),
  };
}
