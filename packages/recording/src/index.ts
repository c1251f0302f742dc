export { compactRecording } from './export/compact-recording.js';
export type { CompactOptions, CompactReport, CompactedFile } from './export/compact-recording.js';
export { Compactor } from './export/compactor.js';
export type { CompactorOptions } from './export/compactor.js';
export { exportForSimulator } from './export/export-for-simulator.js';
export type { SimulatorExportReport } from './export/export-for-simulator.js';
export type { ExportOptions, ExportReport, TableExportOptions } from './export/export-options.js';
export { exportParquet } from './export/export-parquet.js';
export { exportCsv, exportJsonLines } from './export/export-text.js';
export { SimulatorRows } from './export/simulator-rows.js';
export type { SimulatorRow, SimulatorRowsOptions, SkippedRows } from './export/simulator-rows.js';
export type { KindCounts } from './format/segment-footer.js';
export type { RecordingSource } from './format/source.js';
export { describeRecording } from './read/describe-recording.js';
export type { RecordingDescription, SegmentDescription } from './read/describe-recording.js';
export type { ReadOptions } from './read/read-options.js';
export { readBatches, readRecording } from './read/read-recording.js';
export { replay } from './replay/replay.js';
export type { ReplayOptions } from './replay/replay.js';
export { ROW_KINDS } from './row.js';
export type {
  BarInput,
  BarRow,
  DepthInput,
  DepthRow,
  FrameInput,
  FrameRow,
  GapInput,
  GapOrigin,
  GapRow,
  InstrumentRowBase,
  QuoteInput,
  QuoteRow,
  RecordedRow,
  RowBase,
  RowKind,
  RowOf,
  SessionInput,
  SessionRow,
  TradeInput,
  TradeRow,
} from './row.js';
export { DEFAULT_RECORDER_OPTIONS } from './write/recorder-options.js';
export type { RecorderOptions } from './write/recorder-options.js';
export type { RecorderProblem, RecorderStats } from './write/recorder-problem.js';
export { Recorder } from './write/recorder.js';
export type { RecordingDisk, SegmentFile } from './write/recording-disk.js';
