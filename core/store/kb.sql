-- kb.db: what is known, who says so, and what they saw it in.
--
-- The first two tables are Stratosphere's, with columns of ours to the right: rows that its own
-- tools write have nothing there.  Times are seconds since 1970; `ts` is `first` as a text, in UTC.

-- version 1
CREATE TABLE entities (
	id VARCHAR NOT NULL PRIMARY KEY,
	type VARCHAR NOT NULL,
	data VARCHAR,                   -- a JSON object
	blob BLOB,
	ts DATETIME NOT NULL,
	key TEXT,                       -- what tells it from others of its type
	count INTEGER,                  -- how often it was told
	first REAL,
	last REAL,
	confidence REAL,                -- the largest that anybody gave, 0 to 1
	changed INTEGER                 -- by the base's clock: when its texts were last written
);
CREATE INDEX entities_by_type ON entities (type);

CREATE TABLE relationships (
	id VARCHAR NOT NULL PRIMARY KEY,
	type VARCHAR NOT NULL,
	src VARCHAR NOT NULL,
	dst VARCHAR NOT NULL,
	data VARCHAR,
	blob BLOB,
	ts DATETIME NOT NULL,
	count INTEGER,
	first REAL,
	last REAL,
	confidence REAL,
	changed INTEGER
);
CREATE INDEX relationships_by_src ON relationships (src);
CREATE INDEX relationships_by_dst ON relationships (dst);

-- A time that somebody ran Weir, and how records were made then.
CREATE TABLE runs (
	id TEXT NOT NULL PRIMARY KEY,
	started REAL NOT NULL,
	ended REAL,
	weir TEXT,                      -- its version
	command TEXT,
	options TEXT                    -- JSON: those that decide which flows there are
) STRICT;

-- What can be read: a capture by what is in it, whatever it is called.
CREATE TABLE sources (
	id TEXT NOT NULL PRIMARY KEY,   -- sha256: and the digest of its bytes; or live:, and a name
	path TEXT,                      -- where it was, last
	size INTEGER
) STRICT;

-- What a run has read.
CREATE TABLE inputs (
	run TEXT NOT NULL REFERENCES runs (id),
	number INTEGER NOT NULL,        -- from 0: proofs name it
	first INTEGER NOT NULL,         -- that of the first input that was read as one capture with it
	source TEXT NOT NULL REFERENCES sources (id),
	done INTEGER NOT NULL,          -- 1: to its end
	PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX inputs_by_source ON inputs (source);

CREATE TABLE extensions (
	id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	version TEXT NOT NULL,
	code TEXT NOT NULL,             -- the SHA-256 of its files; '' when it has none
	person INTEGER NOT NULL,        -- 1: a person says so, in this name
	UNIQUE (name, version, code, person)
) STRICT;

-- Who says something: an extension, of a source, in a run.
CREATE TABLE witnesses (
	id INTEGER PRIMARY KEY,
	run TEXT NOT NULL REFERENCES runs (id),
	source TEXT NOT NULL,           -- '' when it was none
	extension INTEGER NOT NULL REFERENCES extensions (id),
	UNIQUE (run, source, extension)
) STRICT;

-- What a witness says of a fact, and what it saw that in.
CREATE TABLE evidence (
	fact TEXT NOT NULL,             -- the id of an entity or a relationship
	witness INTEGER NOT NULL REFERENCES witnesses (id),
	count INTEGER NOT NULL,
	first REAL,
	last REAL,
	confidence REAL,
	told TEXT,                      -- JSON: { name: [when it was told, value] }
	proofs BLOB,                    -- records and their packets: core/store/evidence.c
	PRIMARY KEY (fact, witness)
) STRICT, WITHOUT ROWID;

-- How what several say of entities of a type is merged; '*' is all other types.
CREATE TABLE policies (
	type TEXT NOT NULL PRIMARY KEY,
	policy TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- clock: when something was last told here, in milliseconds.  indexed: up to when words are.
-- ids: how they are made.
CREATE TABLE settings (
	name TEXT NOT NULL PRIMARY KEY,
	value ANY
) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES ('clock', 0), ('indexed', 0), ('ids', 'weir');

-- For `weir kb search`, which brings it up to date.
CREATE VIRTUAL TABLE words USING fts5 (fact UNINDEXED, text, tokenize = 'unicode61');

-- Facts with those who say them, for people.
CREATE VIEW testimony AS
SELECT e.fact, x.name AS extension, x.version, x.code, w.run, w.source, s.path, e.count, e.first,
	e.last, e.confidence
FROM evidence e JOIN witnesses w ON w.id = e.witness JOIN extensions x ON x.id = w.extension
LEFT JOIN sources s ON s.id = w.source;

-- version 2
-- What an extension's code has seen of a source to its end: that need not be read again for it.
CREATE TABLE cursors (
	source TEXT NOT NULL,
	extension TEXT NOT NULL,        -- its name
	version TEXT NOT NULL,
	code TEXT NOT NULL,
	done REAL NOT NULL,
	PRIMARY KEY (source, extension)
) STRICT, WITHOUT ROWID;
CREATE INDEX witnesses_by_source ON witnesses (source);

-- version 3
-- Rows of channels that extensions have learnt of, the last ones: such a row comes again where the
-- channel has not heard of it.
CREATE TABLE delivered (
	id INTEGER PRIMARY KEY,
	run TEXT NOT NULL,              -- that published it
	extension TEXT NOT NULL,        -- its name
	row TEXT NOT NULL,              -- its row_id
	UNIQUE (run, extension, row)
) STRICT;
