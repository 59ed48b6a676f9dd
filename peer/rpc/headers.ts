// What our commands and our daemon tell each other beyond API v1's messages. A client that knows
// none of it gets upstream's behaviour.

/** On a Download call: `refuse` an existing output; anything else replaces it, as upstream does. */
export const existingOutputHeader = 'x-damselfly-existing-output'

/** In a Download's initial metadata: the content's length in bytes, when known. */
export const contentLengthHeader = 'x-damselfly-content-length'

/** In a Download's trailers, URI-encoded: something the user should know, such as the way taken. */
export const noteTrailer = 'x-damselfly-note'
