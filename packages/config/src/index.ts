export type { ArgumentOptions, Arguments } from './arguments-layer.js';
export { Config } from './config.js';
export type { ConfigInput, ConfigSources, FileText } from './config.js';
export type { Environment } from './environment-layer.js';
export type { FileFormat } from './file-layer.js';
export type { CustomSections } from './layer.js';
export { DEFAULT_CONFIG, defaultPort } from './values.js';
export type { BrokerApplication, ConfigKey, ConfigValues, LogFormat, LogLevel, TradingMode } from './values.js';
