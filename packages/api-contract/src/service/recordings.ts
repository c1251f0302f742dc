import * as z from 'zod';
import { instantSchema } from '../values/values.js';

/** One recording: what is written down, and how much there is. */
export const recordingSchema = z
  .object({ id: z.string(), topics: z.array(z.string()), active: z.boolean(), startedAtMs: instantSchema, endedAtMs: instantSchema.optional(), rows: z.number().int(), bytes: z.number().int(), dropped: z.number().int(), gaps: z.number().int(),
    endReason: z.string().meta({ description: 'Why it ended when nobody ended it: its program was stopped or killed, and which recording goes on with its topics' }).optional() })
  .meta({ id: 'Recording' });

/** Answer of `GET /v1/recordings`. */
export const recordingsSchema = z.object({ recordings: z.array(recordingSchema) }).meta({ id: 'Recordings' });

/** Body of `POST /v1/recordings`. Where it is written to comes from the daemon's configuration, never from a request. */
export const recordingRequestSchema = z.strictObject({ topics: z.array(z.string().min(1).max(128)).min(1).max(500) }).meta({ id: 'RecordingRequest' });

/** See {@link recordingSchema}. */
export type ApiRecording = z.infer<typeof recordingSchema>;
/** See {@link recordingsSchema}. */
export type ApiRecordings = z.infer<typeof recordingsSchema>;
