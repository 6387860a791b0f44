-- traffic.sql - traffic.db: who spoke when, how much, and what was said.
--
-- Texts that repeat stand once, in dictionaries (mac, ip, name); two who talk are a pair, a pair
-- with its ports a talk.  All else refers to talks.  The views show the texts.  Each record kind
-- has a table of its own besides, KIND_rows with a view KIND, made of the kind's schema when a
-- file is opened for writing: see lua/weir/traffic.lua.

-- version 1

-- Where packets came from.  `items`: records that are stored, of those that the source yields in
-- an order that is always the same; so what was interrupted goes on behind them.
CREATE TABLE source (
	id     INTEGER PRIMARY KEY,
	path   TEXT NOT NULL,
	hash   TEXT UNIQUE,                -- SHA-256 of a file; of an interface NULL
	size   INTEGER,                    -- bytes of a file
	how    TEXT NOT NULL DEFAULT '',   -- what it was measured with, where that changes records
	began  TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ')),
	items  INTEGER NOT NULL DEFAULT 0,
	state  TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done'))
) STRICT;

CREATE TABLE mac (
	id    INTEGER PRIMARY KEY,
	mac   TEXT UNIQUE,                 -- 0123456789ab
	ether TEXT                         -- 01:23:45:67:89:ab
) STRICT;

CREATE TABLE name (
	id   INTEGER PRIMARY KEY,
	name ANY UNIQUE                    -- a text; bytes that are none are a blob
) STRICT;

-- What an address is called by itself; a talk may know better.
CREATE TABLE ip (
	id   INTEGER PRIMARY KEY,
	ip   TEXT UNIQUE,
	name INTEGER NOT NULL DEFAULT 0 REFERENCES name,
	sure INTEGER NOT NULL DEFAULT 0    -- 1: definitive
) STRICT;
CREATE INDEX ip_name ON ip (name);
CREATE INDEX ip_sure ON ip (sure) WHERE sure = 1;

-- `twin`: the same two the other way round, 0 when nobody began that.
CREATE TABLE pair (
	id       INTEGER PRIMARY KEY,
	src_mac  INTEGER NOT NULL REFERENCES mac,
	dst_mac  INTEGER NOT NULL REFERENCES mac,
	src_ip   INTEGER NOT NULL REFERENCES ip,
	dst_ip   INTEGER NOT NULL REFERENCES ip,
	protocol TEXT,
	twin     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX pair_src_mac ON pair (src_mac);
CREATE INDEX pair_dst_mac ON pair (dst_mac);
CREATE INDEX pair_src_ip ON pair (src_ip, dst_ip);
CREATE INDEX pair_dst_ip ON pair (dst_ip);
CREATE INDEX pair_protocol ON pair (protocol);

-- Ports; of ICMP type and code.  `metadata` is what extensions gave to its last flow.
CREATE TABLE talk (
	id        INTEGER PRIMARY KEY,
	pair      INTEGER NOT NULL REFERENCES pair,
	src_port  INTEGER,
	dst_port  INTEGER,
	name      INTEGER NOT NULL DEFAULT 0 REFERENCES name,
	sure      INTEGER NOT NULL DEFAULT 0,
	name_by   INTEGER,                 -- enum weir_name_by
	community TEXT,
	metadata  TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX talk_pair ON talk (pair, src_port, dst_port);
CREATE INDEX talk_name ON talk (name);
CREATE INDEX talk_sure ON talk (sure) WHERE sure = 1;

INSERT INTO mac VALUES (0, NULL, NULL);
INSERT INTO name VALUES (0, NULL);
INSERT INTO ip (id, ip) VALUES (0, NULL);

-- One-second rows, both ways; `out` is from the source of the talk.
CREATE TABLE second_rows (
	ts          INTEGER NOT NULL,
	talk_id     INTEGER NOT NULL REFERENCES talk,
	flow_id     INTEGER NOT NULL,      -- source * 2^32 + its flow_id there; of several the first
	packets_out INTEGER NOT NULL,
	bytes_out   INTEGER NOT NULL,
	packets_in  INTEGER NOT NULL,
	bytes_in    INTEGER NOT NULL,
	PRIMARY KEY (ts, talk_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX second_talk ON second_rows (talk_id);

-- Rows before `upto` have moved from queued_flows to flows: those that were older than 60 seconds.
CREATE TABLE moved (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	upto INTEGER NOT NULL
) STRICT;
INSERT INTO moved VALUES (1, -9223372036854775807);

CREATE TABLE kv_store (
	key        TEXT NOT NULL UNIQUE,
	value_json TEXT NOT NULL
);
INSERT INTO kv_store VALUES ('configs:is_donating_data', 'false');

-- A name that comes late is that of earlier rows, too: where they had none.
CREATE TRIGGER ip_named AFTER UPDATE OF name ON ip WHEN OLD.name = 0 BEGIN
	UPDATE talk SET name = NEW.name, sure = 0
		WHERE +name = 0 AND pair IN (SELECT id FROM pair WHERE dst_ip = NEW.id);
END;

-- Rows as the design of IoT Inspector has them: a row for each direction.
CREATE VIEW combined_flows AS
SELECT sm.mac AS src_device_mac_addr, dm.mac AS dst_device_mac_addr,
	CASE WHEN p.protocol NOT IN ('ICMP', 'IPv6-ICMP') THEN t.src_port END AS src_port,
	CASE WHEN p.protocol NOT IN ('ICMP', 'IPv6-ICMP') THEN t.dst_port END AS dst_port,
	si.ip AS src_ip_addr, di.ip AS dst_ip_addr, sn.name AS src_hostname, dn.name AS dst_hostname,
	si.sure AS src_hostname_is_definitive, t.sure AS dst_hostname_is_definitive,
	p.protocol AS protocol, s.bytes_out AS byte_count, s.packets_out AS packet_count, s.ts AS ts,
	t.metadata AS metadata_json
FROM second_rows s JOIN talk t ON t.id = s.talk_id JOIN pair p ON p.id = t.pair
	JOIN mac sm ON sm.id = p.src_mac JOIN mac dm ON dm.id = p.dst_mac
	JOIN ip si ON si.id = p.src_ip JOIN ip di ON di.id = p.dst_ip
	JOIN name sn ON sn.id = si.name JOIN name dn ON dn.id = t.name
WHERE s.packets_out > 0
UNION ALL
SELECT dm.mac, sm.mac,
	CASE WHEN p.protocol NOT IN ('ICMP', 'IPv6-ICMP') THEN t.dst_port END,
	CASE WHEN p.protocol NOT IN ('ICMP', 'IPv6-ICMP') THEN t.src_port END,
	di.ip, si.ip, dn.name, sn.name, t.sure, si.sure,
	p.protocol, s.bytes_in, s.packets_in, s.ts, t.metadata
FROM second_rows s JOIN talk t ON t.id = s.talk_id JOIN pair p ON p.id = t.pair
	JOIN mac sm ON sm.id = p.src_mac JOIN mac dm ON dm.id = p.dst_mac
	JOIN ip si ON si.id = p.src_ip JOIN ip di ON di.id = p.dst_ip
	JOIN name sn ON sn.id = si.name JOIN name dn ON dn.id = t.name
WHERE s.packets_in > 0;

CREATE VIEW flows AS SELECT * FROM combined_flows WHERE ts < (SELECT upto FROM moved);
CREATE VIEW queued_flows AS SELECT * FROM combined_flows WHERE ts >= (SELECT upto FROM moved);
