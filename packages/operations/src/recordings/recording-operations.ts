import type { BrokerOperations } from '@ibkit/api-contract';
import { notConfiguredError } from '../not-configured.js';

/** What is recorded, and beginning and ending that. */
export function recordingOperations(): Pick<BrokerOperations, 'recordings' | 'startRecording' | 'stopRecording'> {
  return {
    recordings: () => Promise.reject(notConfiguredError('recordings')),
    startRecording: () => Promise.reject(notConfiguredError('recordings')),
    stopRecording: () => Promise.reject(notConfiguredError('recordings')),
  };
}
