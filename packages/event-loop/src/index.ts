export { IbkrEventLoop } from './event-loop.js';
export type { EventLoopState, SessionRequestOptions, StopReport } from './event-loop.js';
export { DEFAULT_EVENT_LOOP_OPTIONS } from './event-loop-options.js';
export type { IbkrEventLoopOptions, SessionOptions } from './event-loop-options.js';
export type { LoopProblem } from './loop-problem.js';
export type { MessageHandler, MessageProcessor, PooledProcessor } from './processors/processor-set.js';
export type { EmitOptions, HostedSession, SessionContext, StartSession } from './session/session-module.js';
export type { ShutdownSignal } from './shutdown-signals.js';
export type { ScheduledTask, TaskOptions, TaskRun, TaskTime } from './tasks/task-schedule.js';
