/** The lowest server version that the text codec speaks. */
export const MIN_SERVER_VERSION = 157;

/**
 * The highest server version that the text codec speaks.
 *
 * TWS API: version 194 changes the error message and 201 switches families to protobuf; a client that offers 193 gets 193 from every newer TWS.
 */
export const MAX_SERVER_VERSION = 193;
