-- Streams in each of which all but the first segment waits for a byte that never comes.
return {
   SEGMENTS = 17, SIZE = 65000,           -- bytes: what waits of one is nearly all that may
}
