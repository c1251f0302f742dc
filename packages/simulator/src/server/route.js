function isOfType(message, type) {
    return message.type === type;
}
/** Ties a handler to the type of request that it answers. */
export function route(type, handler) {
    return {
        type,
        handle: (session, message) => {
            if (isOfType(message, type))
                handler(session, message);
        },
    };
}
