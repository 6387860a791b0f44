/*
 * weir.h - all that the core shows to the outside.
 *
 * Two readers: the C compiler, and LuaJIT's ffi.cdef, which gets this very
 * text (see abi.c).  cdef has no preprocessor, so there is none here: no
 * include, no define, no condition, and constants are enums.  Before this
 * file C includes <stdint.h>; base.h does so.  A struct without a name inside
 * another one is a part of it (gcc and clang: -fms-extensions).
 *
 * Functions return >= 0 when they succeed and a weir_status when not;
 * constructors return NULL.  weir_error() then says why.
 *
 * Pointers to bytes are `const void *`, which Lua cannot index by accident:
 * it reads bytes through bounds-checked slices (lua/weir/slice.lua).
 */
#pragma once

/* ---- failures -------------------------------------------------------- */

enum weir_status {
	WEIR_END    = -1,       /* the input is used up; not a failure */
	WEIR_FAIL   = -2,       /* weir_error() says why */
	WEIR_DENIED = -3,       /* the same, for want of a privilege */
	WEIR_CLOSED = -4,       /* nobody reads what we write any more */
	WEIR_MISUSE = -5,       /* what was asked for makes no sense, such as a filter's text */
	WEIR_STOPPED = -6       /* by a signal, or because its time was up */
};

/* Why the last call on this thread failed.  Valid until the next failure. */
const char *weir_error(void);

/* Which weir_status the last failure of a constructor stands for. */
int weir_error_status(void);

/* ---- records --------------------------------------------------------- */

enum weir_limit {
	WEIR_BATCH    = 1024,   /* packets that one read moves at most */
	WEIR_VLANS    = 4,      /* VLAN tags that a packet's record keeps */
	WEIR_TUNNELS  = 8,      /* tunnels inside each other that are followed */
	WEIR_FRAME    = 1048576 /* bytes of the longest frame that a file may hold */
};

/* The parts that a packet has.  A field is printed when all the parts it needs are there. */
enum weir_has {
	WEIR_HAS_TYPE     = 1,    /* ether_type */
	WEIR_HAS_ADDRESS  = 2,    /* src_addr, dest_addr, of IP or of ARP */
	WEIR_HAS_IP       = 4,    /* protocol, ttl, tos, ip_id, ip_flags */
	WEIR_HAS_PORTS    = 8,    /* src_port, dest_port */
	WEIR_HAS_TCP      = 16,   /* tcp_seq, tcp_ack, tcp_window, tcp_flags */
	WEIR_HAS_ICMP     = 32,   /* icmp_type, icmp_code */
	WEIR_HAS_ARP      = 64,   /* arp_op */
	WEIR_HAS_FRAGMENT = 128,  /* fragment_at: this frame is part of a datagram */
	WEIR_HAS_WHOLE    = 256,  /* and completes it: body is the whole datagram */
	WEIR_HAS_PAYLOAD  = 512,  /* payload_at, payload_size, payload_kept */
	WEIR_HAS_SRC_MAC  = 1024, /* src_ether */
	WEIR_HAS_DEST_MAC = 2048, /* dest_ether */
	WEIR_HAS_TUNNEL   = 4096, /* tunnel_first, tunnel_count */
	WEIR_HAS_TROUBLE  = 8192, /* trouble */
	WEIR_HAS_NAME     = 16384 /* of a flow and its seconds: name, name_by, name_sure */
};

/* Why decoding stopped before the payload.  Counted in weir_counts.trouble. */
enum weir_trouble {
	WEIR_FINE,
	WEIR_CUT,               /* the capture kept too few bytes of the frame */
	WEIR_SHORT,             /* a header says less than its own size */
	WEIR_BAD_VERSION,       /* neither IPv4 nor IPv6 where one of them is announced */
	WEIR_BAD_LENGTH,        /* lengths that contradict each other */
	WEIR_TOO_DEEP,          /* more tunnels or headers inside each other than followed */
	WEIR_UNKNOWN_LINK,      /* a link type that Weir does not decode */
	WEIR_BAD_FRAGMENT,      /* beyond 64 KiB, no bytes, or overlapping in IPv6 */
	WEIR_INCOMPLETE,        /* no packet's: a datagram of which fragments are missing */
	WEIR_TROUBLES
};

enum weir_tunnel_kind {
	WEIR_NO_TUNNEL, WEIR_IPIP, WEIR_GRE, WEIR_VXLAN,
	WEIR_GENEVE, WEIR_GTP, WEIR_TEREDO, WEIR_ERSPAN, WEIR_CAPWAP,
	WEIR_L2TP, WEIR_AYIYA, WEIR_TZSP, WEIR_MPLS, WEIR_ETHERIP
};

/* One header that carries another packet, outermost first. */
struct weir_tunnel {
	uint8_t  src_addr[16];
	uint8_t  dest_addr[16];
	uint32_t id;            /* GRE key, VNI, TEID; of L2TP tunnel and session; or 0 */
	uint16_t src_port;      /* 0 when the tunnel has no ports */
	uint16_t dest_port;
	uint8_t  ip_version;    /* of the two addresses */
	uint8_t  kind;          /* enum weir_tunnel_kind */
	uint16_t unused;
};

/*
 * A packet, as decoded: the innermost one, with the tunnels around it apart.
 * Numbers are in host order, addresses in network order.
 */
struct weir_packet {
	int64_t     ns;           /* nanoseconds since the epoch; Lua reads packet.time */
	double      ordinal;      /* in its source, from 1 */
	double      offset;       /* of its header in the file, decompressed; -1 when live */
	const struct weir_batch *home;  /* the batch it came in, for its tunnels and text */
	const void *data;         /* the frame: `kept` bytes */
	const void *body;         /* what offsets count in: the frame, or the whole datagram */
	uint32_t    size;         /* bytes on the wire */
	uint32_t    kept;         /* bytes captured; kept <= size */

	uint32_t    has;          /* enum weir_has, or-ed */
	uint32_t    source;       /* which input, from 0 */
	uint32_t    network_at;   /* offset in body: IP header, or that of ARP */
	uint32_t    transport_at; /* offset in body: TCP, UDP, ICMP, … header */
	uint32_t    payload_at;   /* offset in body: what the transport carries */
	uint32_t    payload_size; /* as the headers say */
	uint32_t    payload_kept; /* as captured; payload_kept <= payload_size */
	uint8_t     src_addr[16]; /* IPv4 uses the first four bytes, the others are 0 */
	uint8_t     dest_addr[16];
	uint16_t    src_port;
	uint16_t    dest_port;

	uint8_t     ip_version;   /* 4 or 6; of ARP 4 */
	uint8_t     protocol;     /* of the transport, IANA's number */
	uint8_t     ttl;          /* or hop limit */
	uint8_t     tos;          /* or traffic class */
	uint32_t    ip_id;        /* of the fragment header in IPv6 */
	uint32_t    tcp_seq;
	uint32_t    tcp_ack;
	uint16_t    tcp_window;
	uint16_t    tcp_flags;    /* the twelve bits below the data offset */
	uint16_t    fragment_at;  /* bytes from the start of the datagram */
	uint16_t    arp_op;
	uint16_t    link_type;    /* LINKTYPE_ number of the frame */
	uint16_t    ether_type;   /* of the innermost Ethernet or tunnel payload */
	uint8_t     dest_ether[6];
	uint8_t     src_ether[6];
	uint16_t    vlans[4];     /* outermost first */
	uint8_t     vlan_count;   /* of `vlans` */
	uint8_t     tunnel_count; /* of home->tunnels, from tunnel_first */
	uint8_t     ip_flags;     /* the three bits: 4 reserved, 2 don't, 1 more fragments */
	uint8_t     icmp_type;
	uint8_t     icmp_code;
	uint8_t     trouble;      /* enum weir_trouble */
	uint8_t     ip_sum;       /* checksum: 0 not checked, 1 right, 2 wrong */
	uint8_t     transport_sum;
	uint32_t    tunnel_first;
	uint32_t    interface_at; /* offset in home->text; 0 when there is none */
	uint32_t    comment_at;   /* offset in home->text; 0 when there is none */
	uint32_t    ip_size;      /* bytes of the IP packet, as its header says */

	/* a cache line that is written only when flows are made, too; else it is of zeros */
	int64_t     clock;        /* ns, as flows have it: it never goes back */
	int64_t     gap_ns;       /* since the flow's last packet, 0 for its first; Lua reads packet.gap */
	int64_t     gap_same_ns;  /* since the last one in this direction; packet.gap_same */
	uint32_t    flow;         /* number of its flow; 0: it is of none */
	uint32_t    reverse;      /* 1 when it goes to the flow's originator */
	uint32_t    quoted;       /* of an ICMP error, the flow whose packet it quotes; or 0 */
	uint32_t    quoted_reverse;     /* 1 when the error goes to that flow's originator */
	uint8_t     spare[24];
};

/*
 * A flow at its first packet, with what does not change while it lasts.  (Whose it is may: SYN
 * can come after other packets.)
 */
struct weir_begin {
	int64_t     ns;           /* its first packet */
	double      flow_id;      /* flows begun, counted from 1 */
	double      ordinal;      /* of that packet: see weir_packet */
	double      offset;
	const struct weir_batch *home;
	uint32_t    has;          /* enum weir_has, or-ed */
	uint32_t    source;       /* which input that packet came from */
	uint32_t    flow;         /* its number: see weir_packet.flow */
	uint32_t    tunnel_first;
	uint8_t     src_addr[16];
	uint8_t     dest_addr[16];
	uint16_t    src_port;
	uint16_t    dest_port;
	uint8_t     ip_version;
	uint8_t     protocol;
	uint8_t     icmp_type;
	uint8_t     icmp_code;
	uint8_t     dest_ether[6];
	uint8_t     src_ether[6];
	uint16_t    vlans[4];
	uint8_t     vlan_count;
	uint8_t     tunnel_count;
	uint8_t     unused[2];
};

/* Why a flow ended: the values of IPFIX's flowEndReason, and one of ours. */
enum weir_reason {
	WEIR_ENDED_IDLE      = 1,       /* no packet for the idle time-out */
	WEIR_ENDED_ACTIVE    = 2,       /* it had lasted for the active time-out */
	WEIR_ENDED_END       = 3,       /* TCP's own end: FIN both ways, or RST */
	WEIR_ENDED_FORCED    = 4,       /* the input ended, or a script said so and TCP did not */
	WEIR_ENDED_RESOURCES = 5        /* the table was full */
};

/* Bytes of a record of the batch: home->words + at.  A zero byte follows them; they may hold others. */
struct weir_text {
	uint32_t at;
	uint32_t size;
};

/* Who told the name that a flow's destination goes by. */
enum weir_name_by {
	WEIR_NAME_NONE,
	WEIR_NAME_SNI,          /* the flow itself, in TLS; in QUIC; in HTTP */
	WEIR_NAME_QUIC,
	WEIR_NAME_HTTP,
	WEIR_NAME_DNS,          /* an answer that led to its address */
	WEIR_NAME_MDNS,
	WEIR_NAME_PTR           /* an answer about its address */
};

/* What a flow's destination is called. */
struct weir_called {
	struct weir_text name;
	uint8_t  name_by;         /* enum weir_name_by */
	uint8_t  name_sure;       /* 1 when it is definitive, 0 when it may be another's */
	uint16_t unused_name;
};

/* By what it is known what a flow is for. */
enum weir_app_by {
	WEIR_APP_NONE,
	WEIR_APP_PARSER,        /* what is spoken in it */
	WEIR_APP_NAME,          /* its destination's name */
	WEIR_APP_PORT           /* its destination's port */
};

/*
 * A flow, as it was when it ended.  Arrays of two are by direction: 0 from the
 * originator (the source), 1 to it.
 */
struct weir_flow {
	int64_t     start_ns;     /* its first packet */
	int64_t     end_ns;       /* its last one */
	int64_t     duration_ns;
	double      flow_id;      /* flows begun, counted from 1 */
	double      pkts_toserver;
	double      pkts_toclient;
	double      bytes_toserver;     /* on the wire */
	double      bytes_toclient;
	const struct weir_batch *home;
	uint32_t    has;          /* enum weir_has, or-ed */
	uint32_t    source;       /* which input its first packet came from */
	uint32_t    number;       /* weir_packet.flow of its packets; another flow's after this batch */
	uint32_t    fragments;
	uint32_t    icmp_errors;  /* that quote one of its packets */
	uint32_t    tunnel_first;
	uint32_t    stats_at;     /* index in home->stats, when there are statistics */
	uint32_t    facts_at;     /* index in home->facts, when there are facts */
	uint32_t    offsets_at;   /* index in home->offsets of its packets' places */
	uint32_t    offset_count;
	uint8_t     src_addr[16];
	uint8_t     dest_addr[16];
	uint16_t    src_port;
	uint16_t    dest_port;
	uint8_t     ip_version;
	uint8_t     protocol;
	uint8_t     icmp_type;
	uint8_t     icmp_code;
	uint8_t     dest_ether[6];
	uint8_t     src_ether[6];
	uint16_t    vlans[4];
	uint16_t    tcp_flags_ts; /* those that any packet to the server had */
	uint16_t    tcp_flags_tc;
	uint8_t     vlan_count;
	uint8_t     tunnel_count;
	uint8_t     reason;       /* enum weir_reason */
	uint8_t     label;        /* what is spoken in it, when that was asked for; 0: nobody knows */
	uint32_t    row;          /* its place in home->flows, and its row of home->cells */
	struct weir_called;
	uint16_t    app_number;   /* what it is for, as rules say: see weir_meter_app; 0: nobody knows */
	uint8_t     app_by;       /* enum weir_app_by */
	uint8_t     unused;
};

/* Packets and bytes of a flow in one second. */
struct weir_second {
	int64_t     ns;           /* the second's beginning */
	double      flow_id;
	const struct weir_batch *home;
	struct weir_called;       /* as it was known by the end of the second */
	uint32_t    has;
	uint32_t    pkts_toserver;
	uint32_t    pkts_toclient;
	uint32_t    bytes_toserver;
	uint32_t    bytes_toclient;
	uint8_t     src_addr[16];
	uint8_t     dest_addr[16];
	uint16_t    src_port;
	uint16_t    dest_port;
	uint8_t     ip_version;
	uint8_t     protocol;
	uint8_t     icmp_type;
	uint8_t     icmp_code;
	uint8_t     dest_ether[6];
	uint8_t     src_ether[6];
};

/* Statistics of an ended flow: names and definitions are NFStream's, with milliseconds. */
struct weir_stats {
	double bidirectional_first_seen_ms, bidirectional_last_seen_ms, bidirectional_duration_ms,
		bidirectional_packets, bidirectional_bytes;
	double src2dst_first_seen_ms, src2dst_last_seen_ms, src2dst_duration_ms, src2dst_packets,
		src2dst_bytes;
	double dst2src_first_seen_ms, dst2src_last_seen_ms, dst2src_duration_ms, dst2src_packets,
		dst2src_bytes;
	double bidirectional_min_ps, bidirectional_mean_ps, bidirectional_stddev_ps,
		bidirectional_max_ps;
	double src2dst_min_ps, src2dst_mean_ps, src2dst_stddev_ps, src2dst_max_ps;
	double dst2src_min_ps, dst2src_mean_ps, dst2src_stddev_ps, dst2src_max_ps;
	double bidirectional_min_piat_ms, bidirectional_mean_piat_ms, bidirectional_stddev_piat_ms,
		bidirectional_max_piat_ms;
	double src2dst_min_piat_ms, src2dst_mean_piat_ms, src2dst_stddev_piat_ms,
		src2dst_max_piat_ms;
	double dst2src_min_piat_ms, dst2src_mean_piat_ms, dst2src_stddev_piat_ms,
		dst2src_max_piat_ms;
	double bidirectional_syn_packets, bidirectional_cwr_packets, bidirectional_ece_packets,
		bidirectional_urg_packets, bidirectional_ack_packets, bidirectional_psh_packets,
		bidirectional_rst_packets, bidirectional_fin_packets;
	double src2dst_syn_packets, src2dst_cwr_packets, src2dst_ece_packets, src2dst_urg_packets,
		src2dst_ack_packets, src2dst_psh_packets, src2dst_rst_packets, src2dst_fin_packets;
	double dst2src_syn_packets, dst2src_cwr_packets, dst2src_ece_packets, dst2src_urg_packets,
		dst2src_ack_packets, dst2src_psh_packets, dst2src_rst_packets, dst2src_fin_packets;
	uint32_t splt_at;         /* index in home->splt of the first packets */
	uint32_t splt_count;      /* how many were asked for; unused places are -1 */
};

/* The first packets of a flow: direction, size on the wire, milliseconds since the one before. */
struct weir_splt {
	int32_t direction;
	int32_t ps;             /* at most 2147483647 */
	int32_t piat_ms;
};

/* The facts that a flow has, of packets to the server (TS) and to the client (TC). */
enum weir_facts_has {
	WEIR_FACTS_TTL_TS     = 1,    /* any packet */
	WEIR_FACTS_TTL_TC     = 2,
	WEIR_FACTS_TCP_TS     = 4,    /* TCP headers: all that is counted of them */
	WEIR_FACTS_TCP_TC     = 8,
	WEIR_FACTS_WINDOW_TS  = 16,   /* a TCP header without RST */
	WEIR_FACTS_WINDOW_TC  = 32,
	WEIR_FACTS_MSS_TS     = 64,
	WEIR_FACTS_MSS_TC     = 128,
	WEIR_FACTS_SCALE_TS   = 256,
	WEIR_FACTS_SCALE_TC   = 512,
	WEIR_FACTS_ENTROPY_TS = 1024, /* payload */
	WEIR_FACTS_ENTROPY_TC = 2048,
	WEIR_FACTS_RTT_SERVER = 4096,
	WEIR_FACTS_RTT_CLIENT = 8192
};

/*
 * What the IP and TCP headers of an ended flow tell, of packets to the server
 * (_ts) and to the client (_tc).  core/flow/tcp.c defines what is counted.
 */
struct weir_facts {
	double   payload_bytes_ts, payload_bytes_tc;    /* as the headers say, repeated or not */
	double   ip_bytes_ts, ip_bytes_tc;      /* the same with the headers of IP and transport */
	double   entropy_ts, entropy_tc;        /* of the first 256 bytes of payload, in bits a byte */
	double   rtt_server;      /* seconds from SYN to SYN+ACK */
	double   rtt_client;      /* and from SYN+ACK to ACK */
	uint32_t has;             /* enum weir_facts_has, or-ed; without its part a fact is 0 */
	uint32_t retransmissions_ts, retransmissions_tc;
	uint32_t out_of_order_ts, out_of_order_tc;
	uint32_t duplicate_acks_ts, duplicate_acks_tc;
	uint32_t zero_windows_ts, zero_windows_tc;
	uint16_t min_window_ts, min_window_tc;  /* as they stand there, not scaled */
	uint16_t max_window_ts, max_window_tc;
	uint16_t mss_ts, mss_tc;                /* options of SYN */
	uint8_t  window_scale_ts, window_scale_tc;
	uint8_t  min_ttl_ts, min_ttl_tc;        /* or hop limit */
	uint8_t  max_ttl_ts, max_ttl_tc;
	uint16_t unused;
};

/* ---- what protocols say ------------------------------------------------ */

/* Rows of one of the batch's arrays. */
struct weir_list {
	uint32_t first;
	uint32_t count;
};

struct weir_number {
	uint32_t number;
	uint32_t unused;
};

/* A name and what is said under it: a header, an option. */
struct weir_pair {
	struct weir_text name;
	struct weir_text value;
};

/*
 * What the record of every protocol begins with: whose flow it is of, and what completed it.
 * The parts of `has` that only one protocol has begin at WEIR_SAID_OWN.
 */
struct weir_said {
	int64_t     ns;           /* of the packet that completed it, or of the flow's last one */
	double      flow_id;
	double      ordinal;      /* number of that packet in its source; 0: the flow's end did */
	const struct weir_batch *home;
	uint32_t    has;          /* enum weir_has, or-ed, and the protocol's own parts */
	uint32_t    source;       /* which input */
	uint32_t    flow;         /* number of the flow: see weir_packet.flow */
	uint32_t    kind;         /* enum weir_kind */
	uint32_t    offsets_at;   /* index in home->offsets of the places of the packets it is made of */
	uint32_t    offset_count; /* 0 unless offsets were asked for */
	uint8_t     src_addr[16];
	uint8_t     dest_addr[16];
	uint16_t    src_port;
	uint16_t    dest_port;
	uint8_t     ip_version;
	uint8_t     protocol;
	uint8_t     icmp_type;
	uint8_t     icmp_code;
	uint8_t     dest_ether[6];
	uint8_t     src_ether[6];
	uint16_t    vlans[4];
	uint8_t     vlan_count;
	uint8_t     reverse;      /* 1 when who said it is not the flow's originator */
	uint16_t    unused_said;
};

enum { WEIR_SAID_OWN = 65536 };

/* A resource record of DNS, or a question. */
struct weir_rr {
	struct weir_text rrname;
	struct weir_text rdata;   /* as text, in the form of zone files */
	struct weir_list strings; /* of batch->texts: of TXT, when there are several */
	uint32_t ttl;
	uint16_t rrtype;
	uint16_t rrclass;         /* 0 when it is the Internet's */
	uint8_t  top;             /* mDNS: an answer to me alone will do; forget what you knew */
	uint8_t  unused[7];
};

/* What a type of resource records is called; NULL when it has no name. */
const char *weir_rrtype_name(uint32_t type);

enum weir_dns_has { WEIR_HAS_DNS_EDNS = 65536 };

/* A message of DNS, or of what is made like it: mDNS, LLMNR. */
struct weir_dns {
	struct weir_said;
	struct weir_list queries;       /* of batch->rrs */
	struct weir_list answers;
	struct weir_list authorities;
	struct weir_list additionals;
	struct weir_text rrname;        /* of the first question */
	struct weir_text client_subnet; /* EDNS: who really asks */
	struct weir_text nsid;          /* which of many servers answers */
	struct weir_text extended_error;
	uint32_t flags;                 /* the sixteen bits behind the id */
	uint16_t rrtype;
	uint16_t id;
	uint16_t udp_size;              /* EDNS: what the sender takes; 0 without EDNS */
	uint8_t  type;                  /* 0 request, 1 response */
	uint8_t  opcode;
	uint8_t  qr, aa, tc, rd, ra, z, ad, cd;
	uint8_t  edns_version;
	uint8_t  dnssec_ok;
	uint16_t rcode;                 /* with the upper bits of EDNS */
	uint8_t  malformed;             /* its records do not add up: those before are told */
	uint8_t  unused[5];
};

/* A name that a machine has in NetBIOS. */
struct weir_nbname {
	struct weir_text name;
	uint8_t  suffix;        /* what it is the name of */
	uint8_t  group;         /* others have it, too */
	uint8_t  active;
	uint8_t  unused[5];
};

enum weir_nbns_has { WEIR_HAS_NBNS_MAC = 65536 };

/* A message of the NetBIOS name service. */
struct weir_nbns {
	struct weir_said;
	struct weir_list queries;       /* of batch->rrs */
	struct weir_list answers;       /* all other records, those to register included */
	struct weir_list names;         /* of batch->nbnames: all that the machine has */
	struct weir_text rrname;        /* the first name */
	uint32_t flags;                 /* the sixteen bits behind the id */
	uint16_t rrtype;
	uint16_t id;
	uint8_t  type;                  /* 0 request, 1 response */
	uint8_t  opcode;
	uint8_t  rcode;
	uint8_t  broadcast;
	uint8_t  group;                 /* the name is one of a group */
	uint8_t  mac[6];                /* of the machine that has the names */
	uint8_t  unused[5];
};

enum weir_dhcp_has {
	WEIR_HAS_DHCP_MAC        = 65536,
	WEIR_HAS_DHCP_LEASE      = 131072,
	WEIR_HAS_DHCP_RENEWAL    = 262144,
	WEIR_HAS_DHCP_REBINDING  = 524288,
	WEIR_HAS_DHCP_IAID       = 1048576,
	WEIR_HAS_DHCP_ENTERPRISE = 2097152
};

/* A message of DHCP, version 4 or 6. */
struct weir_dhcp {
	struct weir_said;
	struct weir_text assigned_ip;
	struct weir_text client_ip;
	struct weir_text requested_ip;
	struct weir_text relay_ip;
	struct weir_text next_server_ip;
	struct weir_text server_id;
	struct weir_text subnet_mask;
	struct weir_text hostname;
	struct weir_text fqdn;
	struct weir_text domain;
	struct weir_text client_id;
	struct weir_text vendor_class;
	struct weir_text message;
	struct weir_list params;        /* of batch->numbers */
	struct weir_list routers;       /* of batch->texts, as those that follow */
	struct weir_list dns_servers;
	struct weir_list ntp_servers;
	struct weir_list domains;
	struct weir_list addresses;
	uint32_t id;
	uint32_t iaid;
	uint32_t enterprise;
	uint32_t lease_time;            /* seconds */
	uint32_t renewal_time;
	uint32_t rebinding_time;
	uint16_t dhcp_type;             /* of version 6: 256 more than its number */
	uint8_t  version;
	uint8_t  type;                  /* 1 request, 2 reply */
	uint8_t  relays;
	uint8_t  client_mac[6];
	uint8_t  unused[5];
};

enum weir_ssh_has {
	WEIR_HAS_SSH_CLIENT = 65536,            /* its banner */
	WEIR_HAS_SSH_CLIENT_OFFER = 131072,     /* and what it has on offer */
	WEIR_HAS_SSH_SERVER = 262144,
	WEIR_HAS_SSH_SERVER_OFFER = 524288
};

/* A connection of SSH, until its keys change. */
struct weir_ssh {
	struct weir_said;
	struct weir_text client_proto_version;
	struct weir_text client_software_version;
	struct weir_text client_comments;
	struct weir_text client_hassh;
	struct weir_text client_hassh_string;
	struct weir_text client_host_keys;      /* algorithms, with commas between */
	struct weir_text server_proto_version;
	struct weir_text server_software_version;
	struct weir_text server_comments;
	struct weir_text server_hassh;
	struct weir_text server_hassh_string;
	struct weir_text server_host_keys;
	struct weir_text kex_alg;               /* what both agree on */
	struct weir_text host_key_alg;
	struct weir_text cipher_alg;
	struct weir_text mac_alg;
	struct weir_text compression_alg;
};

enum weir_ntp_has {
	WEIR_HAS_NTP_CLOCK     = 65536,         /* what modes but control and private have */
	WEIR_HAS_NTP_REFERENCE = 131072,
	WEIR_HAS_NTP_ORIGINATE = 262144,
	WEIR_HAS_NTP_RECEIVE   = 524288,
	WEIR_HAS_NTP_TRANSMIT  = 1048576,
	WEIR_HAS_NTP_OPCODE    = 2097152
};

/* A message of NTP. */
struct weir_ntp {
	struct weir_said;
	int64_t  reference_ns;          /* when the clock was last set */
	int64_t  originate_ns;          /* when the question was sent, by its own clock */
	int64_t  receive_ns;            /* when it came */
	int64_t  transmit_ns;           /* when this was sent */
	double   root_delay;            /* seconds */
	double   root_dispersion;
	struct weir_text reference_id;
	int32_t  poll;                  /* seconds between questions, as a power of two */
	int32_t  precision;             /* seconds, the same */
	uint8_t  version;
	uint8_t  mode;
	uint8_t  stratum;
	uint8_t  leap;
	uint8_t  opcode;                /* of modes control and private */
	uint8_t  unused[3];
};

enum weir_ssdp_has { WEIR_HAS_SSDP_MX = 65536, WEIR_HAS_SSDP_STATUS = 131072 };

/* A message of SSDP. */
struct weir_ssdp {
	struct weir_said;
	struct weir_list headers;       /* of batch->pairs */
	struct weir_text st;
	struct weir_text nt;
	struct weir_text nts;
	struct weir_text usn;
	struct weir_text location;
	struct weir_text server;
	struct weir_text user_agent;
	uint32_t mx;
	uint32_t status;
	uint8_t  type;                  /* 1 M-SEARCH, 2 NOTIFY, 3 a response */
	uint8_t  unused[7];
};

enum weir_arp_has {
	WEIR_HAS_ARP_SENDER = 65536,    /* sender_mac */
	WEIR_HAS_ARP_TARGET = 131072,   /* target_mac */
	WEIR_HAS_ARP_ROUTER = 262144,   /* hop_limit, managed, other, router_lifetime */
	WEIR_HAS_ARP_MTU    = 524288
};

/* A packet of ARP, or a message of neighbour discovery. */
struct weir_arp {
	struct weir_said;
	struct weir_text sender_ip;     /* whose address it tells */
	struct weir_text target_ip;     /* whom it asks for */
	struct weir_list prefixes;      /* of batch->texts */
	struct weir_list dns_servers;
	uint32_t mtu;
	uint16_t operation;             /* ARP's, or 256 and more: see neighbour.c */
	uint16_t router_lifetime;       /* seconds */
	uint8_t  sender_mac[6];
	uint8_t  target_mac[6];
	uint8_t  hop_limit, managed, other;
	uint8_t  router, solicited, override;
	uint8_t  unused[6];
};

/*
 * Bytes that one end of a TCP connection sent, in order; those that packets brought at once.  Or
 * what is missing of them, or, with neither, that the end has said all.
 */
struct weir_stream {
	struct weir_said;
	struct weir_text bytes;
	uint32_t missing;         /* bytes that nobody saw */
	uint32_t unused;
};

/* A certificate that a server showed. */
struct weir_certificate {
	struct weir_text subject;       /* C=FR, O=Example, CN=www.example.org: in its own order */
	struct weir_text issuerdn;
	struct weir_text serial;        /* 01:AB:…, as it stands in the certificate */
	struct weir_text notbefore;     /* 2026-01-31T12:00:00, UTC */
	struct weir_text notafter;
	struct weir_text key_type;      /* rsa, ecdsa, … */
	struct weir_text curve;
	struct weir_text signature;     /* sha256WithRSAEncryption, … */
	struct weir_text sha1;
	struct weir_text sha256;
	struct weir_list sans;          /* of batch->texts: names, addresses */
	uint32_t key_bits;
	uint8_t  is_ca;
	uint8_t  self_signed;           /* its issuer is its subject */
	uint16_t unused;
};

/* What one end of a TLS connection complains of. */
struct weir_alert {
	uint8_t level;                  /* 1 warning, 2 fatal */
	uint8_t description;
	uint8_t by;                     /* 0 the client, 1 the server */
	uint8_t unused[5];
};

/* A connection of TLS, or DTLS: what can be read of how it began. */
enum weir_tls_has {
	WEIR_HAS_TLS_SERVER = 65536,    /* the server's choice */
	WEIR_HAS_TLS_JA3    = 131072,
	WEIR_HAS_TLS_JA3S   = 262144,
	WEIR_HAS_TLS_CLIENT = 524288    /* the client's certificate */
};
struct weir_tls {
	struct weir_said;
	struct weir_text sni;
	struct weir_text subject;       /* of the server's first certificate */
	struct weir_text issuerdn;
	struct weir_text serial;
	struct weir_text fingerprint;   /* SHA-1, with colons */
	struct weir_text notbefore;
	struct weir_text notafter;
	struct weir_text client_subject;        /* the same of the client's, if it showed one */
	struct weir_text client_issuerdn;
	struct weir_text client_serial;
	struct weir_text client_fingerprint;
	struct weir_text client_notbefore;
	struct weir_text client_notafter;
	struct weir_text server_alpn;
	struct weir_text ja3;
	struct weir_text ja3_string;
	struct weir_text ja3s;
	struct weir_text ja3s_string;
	struct weir_text ja4;
	struct weir_list client_alpns;  /* of batch->texts */
	struct weir_list certificates;  /* of batch->certificates */
	struct weir_list client_certificates;
	struct weir_list alerts;        /* of batch->alerts */
	uint16_t version;               /* that the server chose; 0: not known */
	uint16_t client_version;        /* the newest that the client offered */
	uint16_t cipher;
	uint16_t curve;                 /* or another group, that keys were agreed upon with */
	uint8_t  session_resumed;
	uint8_t  established;           /* both ends went on to encrypt */
	uint8_t  ech;                   /* the client encrypts its hello, or pretends to */
	uint8_t  early_data;
	uint32_t unused_tls;
};

enum weir_quic_has {
	WEIR_HAS_QUIC_CLIENT = 65536,   /* JA3 */
	WEIR_HAS_QUIC_SERVER = 131072   /* cipher, curve, JA3S */
};

/* How a connection of QUIC began. */
struct weir_quic {
	struct weir_said;
	struct weir_text version;       /* "1", "draft-29", "Q046" */
	struct weir_text sni;
	struct weir_text ua;            /* the client's program, as Google's clients call it */
	struct weir_text ja3;           /* the hash; and what it is of */
	struct weir_text ja3_string;
	struct weir_text ja3s;
	struct weir_text ja3s_string;
	struct weir_text ja4;
	struct weir_text dcid;          /* what the client called the server at first */
	struct weir_text scid;          /* what it calls itself */
	struct weir_text server_scid;   /* what the server calls itself */
	struct weir_list cyu;           /* of batch->pairs, at most one: hash, and what it is of */
	struct weir_list client_alpns;  /* of batch->texts */
	struct weir_list versions;      /* those that the server offered when it refused one */
	uint16_t cipher;                /* that the server chose */
	uint16_t curve;                 /* or another group, of its key share; 0: it has none */
	uint8_t  retry;                 /* the server sent a Retry */
	uint8_t  token;                 /* the client showed a token */
	uint8_t  session_resumed;
	uint8_t  early_data;            /* the client offers to send some */
	uint8_t  zero_rtt;              /* and packets with it were seen */
	uint8_t  ech;                   /* the client encrypts its hello, or pretends to */
	uint8_t  unused[6];
};

/* Where in its file a packet is that had a part of a message. */
struct weir_spot {
	double offset;
};

/* What there is of a request with its response. */
enum weir_http_has {
	WEIR_HAS_HTTP_REQUEST   = 65536,
	WEIR_HAS_HTTP_RESPONSE  = 131072,
	WEIR_HAS_HTTP_PORT      = 262144,       /* its request names one */
	WEIR_HAS_HTTP_STREAM    = 524288        /* it is of HTTP/2 */
};

/*
 * A request of HTTP and its response, in short.  Its source is who asks.  Passwords, tokens and
 * cookies in headers and URLs are replaced: see core/proto/http_secret.c.
 */
struct weir_http {
	struct weir_said;
	struct weir_list request_headers;       /* of batch->pairs */
	struct weir_list response_headers;
	struct weir_text hostname;
	struct weir_text url;                   /* as the request has it */
	struct weir_text http_user_agent;
	struct weir_text http_content_type;
	struct weir_text http_refer;
	struct weir_text http_method;
	struct weir_text http_protocol;
	struct weir_text redirect;
	struct weir_text xff;
	double   length;                /* bytes of the response's body, without what frames it */
	double   request_length;
	uint32_t tx_id;                 /* of those on its connection, from 0 */
	uint32_t stream_id;
	uint16_t status;
	uint16_t http_port;
	uint8_t  ambiguous;             /* a head says its length in ways that contradict */
	uint8_t  incomplete;            /* bytes are missing, or it ended early */
	uint16_t unused;
};

/*
 * A whole request of HTTP with its whole response.  The same record is made of what a capture, a
 * proxy, or a file of exchanges has.
 */
struct weir_exchange {
	struct weir_said;
	int64_t  request_start_ns;      /* packets: the first and the last */
	int64_t  request_end_ns;
	int64_t  response_start_ns;
	int64_t  response_end_ns;
	double   request_first_packet;  /* their numbers in the source */
	double   request_last_packet;
	double   response_first_packet;
	double   response_last_packet;
	double   request_bytes;         /* bytes of the body that came, without what frames it */
	double   response_bytes;
	double   request_missing;       /* and that did not */
	double   response_missing;
	double   request_size;          /* bytes of the body once decoded */
	double   response_size;
	struct weir_list request_headers;       /* of batch->pairs */
	struct weir_list response_headers;
	struct weir_list request_trailers;
	struct weir_list response_trailers;
	struct weir_list request_offsets;       /* of batch->spots */
	struct weir_list response_offsets;
	struct weir_text method;
	struct weir_text url;           /* absolute */
	struct weir_text hostname;
	struct weir_text request_version;
	struct weir_text response_version;
	struct weir_text reason;
	struct weir_text request_content_type;
	struct weir_text response_content_type;
	struct weir_text request_body;  /* decoded; texts in UTF-8 */
	struct weir_text response_body;
	struct weir_text request_body_raw;      /* decoded, in their charset, when that is another */
	struct weir_text response_body_raw;
	struct weir_text request_charset;
	struct weir_text response_charset;
	struct weir_text request_encoding;      /* codings that were taken off */
	struct weir_text response_encoding;
	struct weir_text request_error; /* why not all could be decoded */
	struct weir_text response_error;
	struct weir_text row_id;        /* of a row of a database: what it is called there */
	uint32_t tx_id;
	uint32_t stream_id;
	uint16_t status;
	uint8_t  request_truncated;     /* it ended early, bytes are missing, or it was too long */
	uint8_t  response_truncated;
	uint8_t  ambiguous;             /* a head says its length in ways that contradict */
	uint8_t  offsets_truncated;     /* there are more packets than offsets */
	uint16_t unused;
};

enum weir_cell_kind {
	WEIR_CELL_NONE, WEIR_CELL_NUMBER, WEIR_CELL_TEXT, WEIR_CELL_FLAG, WEIR_CELL_JSON,
	WEIR_CELL_ADDRESS
};

/* One value that a script gave to a flow. */
struct weir_cell {
	double   number;          /* NUMBER: itself; FLAG: 0 or 1; TEXT and JSON: bytes; ADDRESS: 4 or 6 */
	uint32_t text;            /* TEXT, JSON and ADDRESS (16 bytes): offset in home->notes */
	uint32_t kind;            /* enum weir_cell_kind */
};

enum weir_kind {
	WEIR_PACKET, WEIR_FLOW, WEIR_SECOND, WEIR_BEGIN,
	WEIR_STREAM,
	WEIR_DNS, WEIR_MDNS, WEIR_LLMNR, WEIR_NBNS, WEIR_TLS, WEIR_QUIC, WEIR_DHCP, WEIR_SSH, WEIR_NTP,
	WEIR_SSDP, WEIR_ARP, WEIR_HTTP, WEIR_EXCHANGE,
	WEIR_KINDS
};

/* Records of one kind that came one after the other. */
struct weir_run {
	uint32_t kind;            /* enum weir_kind */
	uint32_t first;
	uint32_t count;
};

/* What one read returns.  All of it belongs to the meter until the next read. */
struct weir_batch {
	const struct weir_run    *runs;         /* the order in which all that follows happened */
	const struct weir_packet *packets;
	const struct weir_flow   *flows;        /* that ended */
	const struct weir_second *seconds;      /* that are over */
	const struct weir_begin  *begins;       /* flows that began */
	const struct weir_stats  *stats;
	const struct weir_splt   *splt;
	const struct weir_facts  *facts;
	const struct weir_tunnel *tunnels;
	const double *offsets;          /* in the file that the packet is from */
	const uint32_t *offset_sources; /* and which input that is */
	const char *text;         /* strings end with a zero byte; offset 0 is the empty one */
	const struct weir_cell *cells;  /* a row for each flow; NULL unless scripts give values */
	const char *notes;        /* texts of scripts: see weir_meter_note */
	uint32_t    cell_columns; /* cells in a row */
	uint32_t    layout;       /* a number that scripts chose, for what their columns mean */
	uint32_t    run_count;
	uint32_t    moved;        /* packets that went through the pipe; or rows of a sample */
	uint32_t    packet_count; /* of these; 0 when only flows were asked for */
	uint32_t    flow_count;
	uint32_t    second_count;
	uint32_t    begin_count;
	uint32_t    said_count;   /* records of protocols, of all kinds */
	uint32_t    tunnel_total;
	uint32_t    text_size;

	/* what protocols said: records of theirs, the rows these lead to, and the bytes of all */
	const char *words;        /* offset 0 is the empty text */
	const struct weir_text *texts;
	const struct weir_number *numbers;
	const struct weir_pair *pairs;
	const struct weir_stream *stream;
	const struct weir_dns  *dns;    /* of mDNS and LLMNR, too */
	const struct weir_rr   *rrs;
	const struct weir_nbns *nbns;
	const struct weir_nbname *nbnames;
	const struct weir_tls  *tls;
	const struct weir_certificate *certificates;
	const struct weir_alert *alerts;
	const struct weir_quic *quic;
	const struct weir_dhcp *dhcp;
	const struct weir_ssh  *ssh;
	const struct weir_ntp  *ntp;
	const struct weir_ssdp *ssdp;
	const struct weir_arp  *arp;
	const struct weir_http *http;
	const struct weir_exchange *exchange;
	const struct weir_spot *spots;
	uint32_t    words_size;
	uint32_t    texts_count;
	uint32_t    numbers_count;
	uint32_t    pairs_count;
	uint32_t    stream_count;
	uint32_t    dns_count;
	uint32_t    rrs_count;
	uint32_t    tls_count;
	uint32_t    certificates_count;
	uint32_t    alerts_count;
	uint32_t    quic_count;
	uint32_t    nbns_count;
	uint32_t    nbnames_count;
	uint32_t    dhcp_count;
	uint32_t    ssh_count;
	uint32_t    ntp_count;
	uint32_t    ssdp_count;
	uint32_t    arp_count;
	uint32_t    http_count;
	uint32_t    exchange_count;
	uint32_t    spots_count;
};

/* ---- captures: where packets come from -------------------------------- */

struct weir_capture;

/* How to read; all zero is the default. */
struct weir_capture_options {
	const char *filter;     /* BPF expression; NULL for all */
	uint32_t    snaplen;    /* keep at most so many bytes of a frame; 0 for all */
	uint32_t    buffer;     /* bytes of the kernel's ring, live; 0 for 8 MiB */
	uint8_t     follow;     /* at the end of a file, wait for it to grow */
	uint8_t     quiet;      /* live: do not ask for promiscuous mode */
};

/* What a capture has gone through so far. */
struct weir_capture_counts {
	double packets;         /* read, before the filter */
	double filtered;        /* of these, refused by the filter */
	double bytes;           /* taken from the file, decompressed; wire bytes when live */
	double taken;           /* bytes of the file itself, compressed or not */
	double size;            /* of the file itself; 0 when that is unknown */
	double kernel_drops;    /* live: lost for want of room in the ring */
	double interface_drops; /* live: lost by the interface */
	double skipped_blocks;  /* pcapng blocks of other kinds */
};

/*
 * Opens a capture file, or standard input as "-"; with listen, an interface.
 * NULL when that fails.  The caller closes it.
 */
struct weir_capture *weir_capture_open(const char *path, const struct weir_capture_options *o);
struct weir_capture *weir_capture_listen(const char *interface,
	const struct weir_capture_options *o);

/* Whether an expression makes sense as the filter of a file: 0, or WEIR_MISUSE. */
int weir_capture_filter(const char *expression);

/* Accepts NULL.  Records read from it may still be looked at; they show old or other bytes. */
void weir_capture_close(struct weir_capture *c);

void weir_capture_count(struct weir_capture *c, struct weir_capture_counts *out);

/*
 * Where and how the file is damaged or ends in the middle of a record; NULL
 * when it is sound so far.  Reading ends there, with what came before kept.
 */
const char *weir_capture_damage(const struct weir_capture *c);

/* "pcap", "pcapng, gzip", "interface", …  Valid until the capture is closed. */
const char *weir_capture_format(const struct weir_capture *c);

/* A decryption-secrets block of a pcapng file: its kind and bytes. */
struct weir_secret {
	const void *data;
	uint32_t    size;
	uint32_t    kind;       /* 0x544c534b: lines of a TLS key log */
};

/* The i-th secret read so far, from 0; its data is NULL past the last. */
struct weir_secret weir_capture_secret(struct weir_capture *c, uint32_t i);

/* An interface that can be listened to. */
struct weir_interface {
	char    name[64];
	char    about[128];
	char    addresses[256]; /* text, separated by a space */
	uint8_t up, running, loopback, wireless;
};

/* Fills `out`, at most `room`; returns how many there are, or a weir_status. */
int weir_interfaces(struct weir_interface *out, uint32_t room);

/*
 * The captures in and below a folder, in name order, one call each: the i-th
 * path, or NULL past the last.  Only files that begin like a capture, or like a
 * database, are listed.
 */
struct weir_folder;
int weir_folder_is(const char *path);
struct weir_folder *weir_folder_open(const char *path);

/* The same of all names in the folder itself but hidden ones; a slash follows those of folders. */
struct weir_folder *weir_folder_list(const char *path);
const char *weir_folder_path(const struct weir_folder *f, uint32_t i);
void weir_folder_close(struct weir_folder *f);

/* ---- databases of exchanges: where there are no packets ------------------ */

/* What a column tells of an exchange; those behind START of its request or of its response. */
enum weir_sample_part {
	WEIR_ROW_ID, WEIR_ROW_HOST, WEIR_ROW_PORT, WEIR_ROW_METHOD, WEIR_ROW_URL, WEIR_ROW_STATUS,
	WEIR_ROW_REASON, WEIR_ROW_HOSTNAME,
	WEIR_ROW_WHEN,          /* a time that may not say in which zone it is; or seconds since 1970 */
	WEIR_ROW_WHEN_NS,       /* nanoseconds since 1970 */
	WEIR_ROW_SRC_IP, WEIR_ROW_SRC_PORT, WEIR_ROW_DEST_IP, WEIR_ROW_SRC_MAC, WEIR_ROW_DEST_MAC,
	WEIR_ROW_VLAN, WEIR_ROW_CONNECTION, WEIR_ROW_TX_ID, WEIR_ROW_STREAM_ID, WEIR_ROW_AMBIGUOUS,
	WEIR_ROW_START, WEIR_ROW_START_NS, WEIR_ROW_END_NS, WEIR_ROW_VERSION,
	WEIR_ROW_FOLDED,        /* headers as an object of JSON */
	WEIR_ROW_HEADERS,       /* as an array of [name, value], which counts more */
	WEIR_ROW_TRAILERS, WEIR_ROW_TYPE, WEIR_ROW_BODY, WEIR_ROW_BYTES, WEIR_ROW_MISSING,
	WEIR_ROW_TRUNCATED, WEIR_ROW_ENCODING, WEIR_ROW_ERROR
};

enum weir_sample_of { WEIR_OF_NEITHER, WEIR_OF_REQUEST, WEIR_OF_RESPONSE };

/* A column that a database may have. */
struct weir_sample_column {
	const char *name;
	uint8_t part;           /* enum weir_sample_part */
	uint8_t of;             /* enum weir_sample_of */
	uint8_t unused[6];
};

struct weir_sample_options {
	const struct weir_sample_column *columns;       /* those that come later count more */
	uint32_t column_count;
	int32_t  zone;          /* of times that do not say it: seconds east of UTC */
	uint8_t  local;         /* theirs is the zone of this machine instead */
	uint8_t  follow;        /* at the end, wait for rows that others add */
	uint8_t  unused[6];
};

/* What a sample has gone through so far. */
struct weir_sample_counts {
	double rows;
	double total;           /* rows that it has, when it was opened */
	double bad_headers;     /* rows of which headers are no JSON, */
	double bad_times;       /* times that are none, */
	double cut_bodies;      /* bodies of which not all was taken */
};

/*
 * Opens the table `flows` of an SQLite database for reading, which is only read, whatever is in
 * it.  NULL when there is none with columns of exchanges.  The caller closes it, closing accepts
 * NULL.
 */
struct weir_sample;
struct weir_sample *weir_sample_open(const char *path, const struct weir_sample_options *o);
void weir_sample_close(struct weir_sample *s);
void weir_sample_count(const struct weir_sample *s, struct weir_sample_counts *out);

/* Why no more rows could be read; NULL while it is sound. */
const char *weir_sample_damage(const struct weir_sample *s);

/* Whether a file begins as an SQLite database does. */
int weir_is_database(const char *path);

/* Whether a database says so early that exchanges are in it.  Others have to be opened to know. */
int weir_sample_shows(const char *path);

/* A name for the row of an exchange, with its zero byte: a UUID, and always the same one. */
void weir_exchange_id(const struct weir_exchange *x, char out[37]);

/* ---- the meter: frames in, records out --------------------------------- */

struct weir_meter;

struct weir_meter_options {
	uint8_t  checksums;     /* check those of IP, TCP, UDP and ICMP */
	uint8_t  packets;       /* make records of packets; so it is, too, when nothing is asked for */
	uint8_t  flows;         /* and of flows that end */
	uint8_t  seconds;       /* and of seconds that are over */
	uint8_t  begins;        /* and of flows that begin */
	uint8_t  cuts;          /* flows may be ended with weir_meter_cut */
	uint8_t  stats;         /* and statistics of flows */
	uint8_t  offsets;       /* and where in the file their packets are */
	uint8_t  tcp;           /* and facts of their IP and TCP headers */
	uint8_t  timeouts_only; /* as NFStream: ignore TCP's end and SYN, and later fragments */
	uint8_t  names;         /* and the names of their destinations, in records of flows and seconds */
	uint8_t  labels;        /* and what is spoken in them */
	uint8_t  ahead;         /* read and decode files in a thread of its own; changes no record */
	uint8_t  prompt;        /* seconds go out when they are over, not with their flow's next packet */
	uint32_t kinds;         /* and records of protocols: a bit for each enum weir_kind */
	uint16_t splt;          /* keep so many first packets of a flow, beside its statistics */
	uint32_t max_flows;     /* at once; 0 for 4 million */
	const char *keylog;     /* a file of TLS secrets, which may grow; NULL for those of captures alone */
	double   idle;          /* seconds without a packet that end a flow; 0 for 120, at most 24 days */
	double   active;        /* seconds that a flow may last; 0 for 1800, at most 24 days */
	double   linger;        /* seconds for late packets after a TCP flow's end; 0 for 10 */
	uint64_t seed;          /* of the hash; 0 draws one; changes nothing but where flows lie */
};

/* What the meter has seen since it was made. */
struct weir_counts {
	double packets;
	double bytes;           /* on the wire */
	double flows;           /* begun */
	double fragments;
	double reassembled;     /* datagrams put together */
	double tunnelled;
	double offsets_dropped; /* for want of room: --offsets shows fewer than there are packets */
	double notes_dropped;   /* texts of scripts, for want of room */
	double said_dropped;    /* rows and texts of protocols, for want of room */
	double names_dropped;   /* forgotten for want of room, or not learnt */
	double bytes_missing;   /* of streams that were listened to: lost, or not captured */
	double trouble[9];      /* by enum weir_trouble; the first is unused */
	int64_t first_ns;       /* time of the earliest packet and of the latest */
	int64_t last_ns;
};

struct weir_meter *weir_meter_new(const struct weir_meter_options *o);
void weir_meter_free(struct weir_meter *m);

/* The packets of the next reads come from source number `n`, from 0. */
void weir_meter_source(struct weir_meter *m, uint32_t n);

/*
 * Moves at most `most` packets of `c` through the pipe and points `*batch` at the records.
 * Returns above 0 when packets or records came, 0 when none did within 25 ms, or a
 * weir_status.  The records stay until the next read.  Another capture than before is one that
 * follows it: what has been read ahead of that one is lost.
 */
int weir_meter_read(struct weir_meter *m, struct weir_capture *c, uint32_t most,
	const struct weir_batch **batch);

/*
 * The same of the rows of `s`, which become records of HTTP, as far as these are asked for; most
 * and batch->moved count rows.  0 when none came in time.
 */
int weir_meter_sample(struct weir_meter *m, struct weir_sample *s, uint32_t most,
	const struct weir_batch **batch);

/*
 * After the last source: ends the flows that are left, some at a time.
 * Returns 0 when there are no more, WEIR_STOPPED when nobody wants them any more.
 */
int weir_meter_finish(struct weir_meter *m, const struct weir_batch **batch);

/*
 * Zeroed memory for scripts, `size` bytes for each flow: that of a flow is at its number times
 * `size`, and zero again when another flow of that number begins.  NULL when there is none, of
 * address space or of flows.  It belongs to the meter, which has so many of them at most:
 */
enum { WEIR_MEMORIES = 64, WEIR_MEMORY_SIZE = 65536 };
void *weir_meter_memory(struct weir_meter *m, uint32_t size);

/*
 * Gives such a memory back; another one may be had for it.  It stays readable, but what is read
 * there is zero or another one's.
 */
int weir_meter_forget(struct weir_meter *m, void *memory);

/*
 * Cells for scripts to write to, `columns` in the row of each flow of this batch and of later
 * ones, of which each read makes all NONE; the place is the same as long as the meter lasts, and
 * never unmapped.  Another number of columns, or another layout, makes those of this batch NONE,
 * too; with 0 columns batches have no cells.  NULL when there are too many columns, or no flows.
 */
enum { WEIR_CELLS = 256 };
struct weir_cell *weir_meter_cells(struct weir_meter *m, uint32_t columns, uint32_t layout);

/*
 * Copies a text of scripts into the batch, to last as long; returns its offset in batch->notes.
 * A zero byte follows it, but it may contain others.  Offset 0 is the empty text; it is also
 * returned, and counted in weir_counts.notes_dropped, for one that has no room.
 */
uint32_t weir_meter_note(struct weir_meter *m, const void *bytes, uint32_t size);

/*
 * Says what the flow of that row of the last batch is for: a number for which the caller has a
 * name, 0 being none; and by what the caller knows, which is an enum weir_app_by.
 */
int weir_meter_app(struct weir_meter *m, uint32_t row, uint32_t app, uint32_t by);

/*
 * Ends flow number `flow` of the last batch as of `clock`, that of one of its packets there:
 * what comes within `linger` after that still belongs to it.  Does nothing to one that has ended.
 */
int weir_meter_cut(struct weir_meter *m, uint32_t flow, int64_t clock);

const struct weir_counts *weir_meter_counts(struct weir_meter *m);

/* What one of the parsers of protocols has been asked so far. */
struct weir_parser {
	const char *name;       /* several may have the same */
	double probes;          /* whether bytes are of its protocol */
	double talks;           /* flows, or what is inside them, that it has taken */
	double calls;           /* shown bytes of these */
};

/* The i-th parser, in the order in which they are asked; its name is NULL past the last. */
struct weir_parser weir_meter_parser(const struct weir_meter *m, uint32_t i);

/* How many records of a kind, enum weir_kind, parsers have made. */
double weir_meter_said(const struct weir_meter *m, uint32_t kind);

/* How many frames had a link type not decoded: the i-th such type; 0 frames past the last. */
struct weir_unknown_link {
	double   frames;
	uint32_t link_type;
};

struct weir_unknown_link weir_meter_unknown_link(const struct weir_meter *m, uint32_t i);

/* ---- output ------------------------------------------------------------ */

struct weir_output;

/* Opens a file for writing, or standard output as "-".  NULL when that fails. */
struct weir_output *weir_output_open(const char *path);

/* The same, behind what is in the file. */
struct weir_output *weir_output_append(const char *path);

/* Buffers `size` bytes; writes them when the buffer is full. */
int weir_output_write(struct weir_output *o, const void *bytes, uint32_t size);

/* Hands everything to the system.  WEIR_CLOSED when the reader has gone. */
int weir_output_flush(struct weir_output *o);

/* Flushes and closes; accepts NULL.  The status is that of the flush. */
int weir_output_close(struct weir_output *o);

/* How a column of a record is written. */
enum weir_as {
	WEIR_AS_U8, WEIR_AS_U16, WEIR_AS_U32,
	WEIR_AS_S32,            /* with a sign */
	WEIR_AS_COUNT,          /* a double that holds a whole number */
	WEIR_AS_NUMBER,         /* any double */
	WEIR_AS_ID,             /* a double that holds a whole number, always in quotes */
	WEIR_AS_TIME,           /* int64 ns, as RFC 3339 in UTC */
	WEIR_AS_EPOCH,          /* int64 ns, as seconds with nine digits */
	WEIR_AS_ADDRESS,        /* 16 bytes; the IP version is the byte at `beside` */
	WEIR_AS_ETHER,          /* six bytes */
	WEIR_AS_NAME8,          /* u8, u16 or u32, an index into `names`, which are short and plain; */
	WEIR_AS_NAME16,         /* digits when there is none */
	WEIR_AS_NAME32,
	WEIR_AS_FLAGS,          /* u16, a letter of `names` for each bit, lowest first */
	WEIR_AS_TEXT,           /* u32, an offset in the batch's text */
	WEIR_AS_SOURCE,         /* u32, an index into `names`, which are any text */
	WEIR_AS_LIST16,         /* array of u16; the u8 at `beside` says how many */
	WEIR_AS_ROWS,           /* u32, index of the first row; the u8 at `beside` says how many */
	WEIR_AS_SERIES,         /* u32, the same with a u32: of each row the first column alone */
	WEIR_AS_PART,           /* u32, index of a row that is an object inside this one */
	WEIR_AS_INLINE,         /* u32, index of a row whose columns stand here themselves */
	WEIR_AS_COMMUNITY,      /* of a flow, by what is from `at`, its src_addr, on: its Community ID */
	WEIR_AS_CELL,           /* struct weir_cell; left out when it has no value */
	WEIR_AS_STRING,         /* struct weir_text */
	WEIR_AS_TABLE,          /* struct weir_list, of rows that are objects */
	WEIR_AS_STRINGS,        /* struct weir_list, of rows of which the first column is all */
	WEIR_AS_GROUPED,        /* struct weir_list, of rows with a u16 of `names` and a struct weir_text */
	WEIR_AS_BOOLEAN,        /* u8, as true or false */
	WEIR_AS_CONSTANT,       /* names[0] */
	WEIR_AS_OPEN,           /* JSON: begins an object */
	WEIR_AS_CLOSE           /* JSON: ends it; a template: words alone */
};

struct weir_column {
	const char *label;              /* "name": of JSON, with quotes and colon; words before it */
	const char *const *names;       /* for NAME, FLAGS and CONSTANT */
	const struct weir_plan *rows;   /* for ROWS, SERIES, PART, INLINE: how one is written */
	uint32_t label_size;
	uint32_t name_count;
	uint32_t needs;         /* parts that must be among the record's; 0: always there */
	uint16_t as;            /* enum weir_as */
	uint16_t at;            /* offset of the member in the record */
	uint16_t beside;        /* offset of the member that belongs to it */
	uint16_t skip_zero;     /* leave it out when it is zero, or a PART without members */
};

/* In a template labels are the words before the values, and what has no value is "-". */
enum weir_shape { WEIR_JSON, WEIR_SEPARATED, WEIR_TEMPLATE };

/* What is written of each record, and how: made once by Lua, run over batches by C. */
struct weir_plan {
	const struct weir_column *columns;
	uint32_t column_count;
	uint32_t room;          /* bytes of labels, and 128 for each column; at most 65536 */
	uint32_t record_size;
	uint32_t has_at;        /* offset of the member that says which parts a record has */
	uint32_t records_at;    /* in weir_batch: the pointer to the records */
	uint16_t community_seed;
	uint8_t  shape;         /* enum weir_shape */
	uint8_t  flush;         /* after each record */
	uint8_t  inside;        /* what it writes stands between quotes already */
	char     separator;     /* between columns */
	char     quote;         /* around a value that needs it; 0: \t and such are shown instead */
	char     within;        /* between the values of a list */
};

/*
 * Writes records `first` … `first + count - 1` of the batch, a line each.  By a template only those
 * whose texts are plain ASCII and not long: WEIR_END when one is not, which somebody else writes.
 */
int weir_plan_write(const struct weir_plan *plan, const struct weir_batch *batch,
	uint32_t first, uint32_t count, struct weir_output *o);

/*
 * Writes one of the `count` records of the batch, by its address.  WEIR_MISUSE when it is none of
 * them: records are gone with their batch.
 */
int weir_plan_record(const struct weir_plan *plan, const struct weir_batch *batch, uint32_t count,
	const void *record, struct weir_output *o);

/* Whether all bytes of a text are printable ASCII. */
int weir_is_ascii(const char *text, uint32_t size);

enum weir_capture_kind { WEIR_PCAP, WEIR_PCAPNG };

struct weir_dump;

/* Writes packets to a capture file.  The output stays the caller's. */
struct weir_dump *weir_dump_new(struct weir_output *o, int kind);
void weir_dump_free(struct weir_dump *d);

/* Adds packets `first` … of the batch.  A pcap file takes one link type only. */
int weir_dump_write(struct weir_dump *d, const struct weir_batch *batch,
	uint32_t first, uint32_t count);

/* After the last packet: a file without any becomes a capture that has none. */
int weir_dump_end(struct weir_dump *d);

/* Adds a decryption secret (pcapng; a pcap file has no place for it). */
int weir_dump_secret(struct weir_dump *d, const struct weir_secret *secret);

/*
 * The Community ID (version 1) of a record of a flow, whose src_addr is at `ends`, with its zero
 * byte; returns its size.
 */
int weir_community_text(const void *ends, uint32_t seed, char out[32]);

/* ---- columns of values ------------------------------------------------------ */

/* What a column is an array of, and what is absent in it. */
enum weir_column_as {
	WEIR_COLUMN_NUMBER,     /* doubles; NaN */
	WEIR_COLUMN_TIME,       /* int64_t, nanoseconds; the least there is */
	WEIR_COLUMN_ID          /* uint32_t, ids of a dictionary; 0 */
};

/*
 * Memory of columns: `memory`, or new memory where that is NULL, with that many bytes, of which
 * those that are new are zero.  NULL when all columns together would have more than the bound;
 * then the old memory stays.  weir_columns_bound(0) only tells the bound.
 */
void *weir_columns_grow(void *memory, double bytes);
void weir_columns_free(void *memory);
double weir_columns_held(void);
double weir_columns_bound(double bytes);

/* A column to sort by.  What is absent is less than everything else. */
struct weir_column_key {
	const void *values;
	uint32_t as;            /* enum weir_column_as; ids are compared as numbers */
	uint32_t down;
};

/* Sorts rows by several columns, the first one first.  Equal rows stay as they are. */
int weir_columns_sort(uint32_t *rows, double count, const struct weir_column_key *keys,
	uint32_t key_count);

enum { WEIR_NO_ROW = -1 };

/* Copies the values of those rows; of WEIR_NO_ROW (as uint32_t) what is absent. */
void weir_columns_gather(void *to, const void *from, uint32_t as, const uint32_t *rows,
	double count);

/* Byte strings, each once, by an id from 1 on. */
struct weir_dictionary;
struct weir_dictionary *weir_dictionary_new(void);
void weir_dictionary_free(struct weir_dictionary *d);

/* The id of these bytes; the first adds them when they are new, and returns 0 when it cannot. */
uint32_t weir_dictionary_add(struct weir_dictionary *d, const void *bytes, uint32_t size);
uint32_t weir_dictionary_find(struct weir_dictionary *d, const void *bytes, uint32_t size);

/* How many there are, and the bytes of one, which stay until the next add. */
uint32_t weir_dictionary_count(const struct weir_dictionary *d);
const void *weir_dictionary_text(const struct weir_dictionary *d, uint32_t id, uint32_t *size);

/* Fills ranks[0 … count]: the place of each id among all, ordered by their bytes; of id 0 it is 0. */
int weir_dictionary_ranks(struct weir_dictionary *d, uint32_t *ranks);

/* Ids of numbers or times of those rows (NULL: from 0 on); and of pairs of ids, in place. */
int weir_dictionary_ids(struct weir_dictionary *d, const void *values, uint32_t as,
	const uint32_t *rows, double count, uint32_t *out);
int weir_dictionary_pairs(struct weir_dictionary *d, uint32_t *ids, const uint32_t *others,
	double count);

struct weir_rows;               /* of a database: see below */

/*
 * Puts a column of rows into an array, from that place on: numbers and times as they are, all else
 * as text into the dictionary.
 */
int weir_columns_take(void *to, double from, uint32_t as, const struct weir_rows *rows,
	uint32_t column, struct weir_dictionary *d);

/* ---- models: what trees say of rows of numbers ----------------------------- */

/* How a forest compares and adds. */
enum weir_forest_as {
	WEIR_FOREST_DOUBLE  = 0,        /* x <= threshold goes left */
	WEIR_FOREST_ROUNDED = 1,        /* the same of x in single precision, as scikit-learn */
	WEIR_FOREST_SINGLE  = 2         /* x < threshold goes left, and all is single, as XGBoost */
};

enum weir_forest_how {
	WEIR_FOREST_ABSENT_LEFT = 1,    /* an absent value (NaN) goes left; else it goes right */
	WEIR_FOREST_ZERO_ABSENT = 2     /* 0 counts as absent */
};

/* A node as a file has it, checked by nobody. */
struct weir_forest_node {
	double   threshold;     /* of a leaf unused */
	int32_t  left, right;   /* nodes of the same tree, from 0; both -1: it is a leaf */
	uint32_t feature;
	uint32_t value;         /* of a leaf: where in `values` what it adds begins */
	uint32_t how;           /* enum weir_forest_how, or-ed */
	uint32_t unused;
};

/* A tree, whose root is its first node.  `output`: the one that its leaves add to; or `outputs`,
 * and each leaf has a value for each output. */
struct weir_forest_tree {
	uint32_t first, count;
	uint32_t output;
	uint32_t unused;
};

struct weir_forest_plan {
	const struct weir_forest_tree *trees;
	const struct weir_forest_node *nodes;
	const double *values;
	uint32_t tree_count, node_count, value_count;
	uint32_t features, outputs;
	uint32_t as;            /* enum weir_forest_as */
};

/*
 * Makes a forest of a plan, which is not needed any more.  NULL, with the tree and node in the
 * reason, when numbers lead outside, a node is reached twice, or a number is not finite.
 */
struct weir_forest *weir_forest_new(const struct weir_forest_plan *plan);
void weir_forest_free(struct weir_forest *f);

/*
 * Adds what the trees say of `count` rows of `features` numbers each (NaN: absent) to as many rows
 * of `outputs` sums.  Rows are rounded in place where the forest's numbers are single.
 */
void weir_forest_score(const struct weir_forest *f, double *rows, uint32_t count, double *sums);

/* What makes probabilities of sums. */
enum weir_link_as {
	WEIR_LINK_LOGISTIC = 1, /* of the first, for the second of two classes */
	WEIR_LINK_SOFTMAX  = 2,
	WEIR_LINK_EACH     = 3, /* the logistic of each, divided by their sum */
	WEIR_LINK_ALONE    = 4  /* the logistic of each */
};

/* Puts probabilities in place of `count` rows of `width` sums; `single`: in single precision. */
void weir_link_apply(double *sums, uint32_t count, uint32_t width, uint32_t as, uint32_t single);

/* ---- folders that change --------------------------------------------------- */

struct weir_watch;

/* NULL when the system gives none.  The caller closes it; closing accepts NULL. */
struct weir_watch *weir_watch_open(void);
void weir_watch_close(struct weir_watch *w);

/* Watches the files in a folder, not those below it; returns its number. */
int weir_watch_add(struct weir_watch *w, const char *folder);

/*
 * A file that was made, written to, renamed or removed.  Without a name: the folder itself is
 * gone; or, as folder -1, there was so much that anything may have changed in any.
 */
struct weir_change {
	int32_t folder;
	char    name[256];
};

/* Fills `out` with what has changed, at most `room`; returns how many, 0 at once when none. */
int weir_watch_read(struct weir_watch *w, struct weir_change *out, uint32_t room);

/* ---- databases ------------------------------------------------------------- */

enum weir_db_mode {
	WEIR_DB_READ,           /* a file of ours */
	WEIR_DB_WRITE,          /* one that is there */
	WEIR_DB_CREATE,         /* one that may have to be made; ":memory:" is none */
	WEIR_DB_FOREIGN,        /* only to look at: nothing appears beside it */
	WEIR_DB_IMMUTABLE       /* the same, and nobody writes to it meanwhile */
};

/*
 * What a database of ours is made of: its SQL in parts, of which each follows a line "-- version N"
 * and makes version N of the one before.
 */
struct weir_layout {
	const char *name;
	const char *sql;
	uint32_t    application;        /* its application_id */
};

/* The layout of that name, which the library carries; NULL when there is none. */
const struct weir_layout *weir_layout_find(const char *name);

struct weir_db;
struct weir_query;

/*
 * Opens a database.  With a layout it has to be one of that kind: a new one is made, an older one
 * brought up to date, a newer or a foreign one refused; NULL takes any.  Whoever finds it locked
 * waits.  A connection, with its queries, is used by one thread at a time.
 */
struct weir_db *weir_db_open(const char *path, uint32_t mode, const struct weir_layout *layout);

/* Accepts NULL.  It ends with the last of its queries. */
void weir_db_close(struct weir_db *db);

/* What its file is called in SQL, beside `main`; and one more file, under a name. */
int weir_db_name(struct weir_db *db, const char *name);
int weir_db_attach(struct weir_db *db, const char *path, const char *name, uint32_t mode);

/* From now on it only reads: what writes, attaches, loads or sets anything is refused. */
int weir_db_guard(struct weir_db *db);

/* Runs all statements of a text; what they yield is passed over. */
int weir_db_run(struct weir_db *db, const char *text, uint32_t size);

/* A transaction that writes; it waits for its turn. */
int weir_db_begin(struct weir_db *db);
int weir_db_commit(struct weir_db *db);
int weir_db_rollback(struct weir_db *db);
int weir_db_in_transaction(struct weir_db *db);

/*
 * Whether the last failure was that a query of its own, which is not at its end, sees what has
 * changed since: nobody can write before it is reset.
 */
int weir_db_stale(struct weir_db *db);

/* How many seconds it waits for others at most; 120 unless told. */
void weir_db_patience(struct weir_db *db, double seconds);

/*
 * What ends a query before its time, with WEIR_STOPPED: the signal of weir_stop_signal, if `on`;
 * so many seconds from now, 0 for none; and weir_db_interrupt, from any thread or signal handler.
 */
void weir_db_stops(struct weir_db *db, int on);
void weir_db_limit(struct weir_db *db, double seconds);
void weir_db_interrupt(struct weir_db *db);

double  weir_db_changes(struct weir_db *db);    /* rows that the last statement changed */
int64_t weir_db_last_id(struct weir_db *db);    /* of the row inserted last */

/* Where in the text of the query that failed last; -1 when SQLite does not say. */
int weir_db_error_at(struct weir_db *db);

/*
 * Prepares the first statement of a text; `*end` is where it ends.  NULL when it is none: with
 * weir_error_status() WEIR_END when there is nothing but blanks and comments.
 */
struct weir_query *weir_query_new(struct weir_db *db, const char *text, uint32_t size,
	uint32_t *end);
void weir_query_free(struct weir_query *q);

int         weir_query_reads(struct weir_query *q);     /* whether it changes nothing */
uint32_t    weir_query_columns(struct weir_query *q);
const char *weir_query_name(struct weir_query *q, uint32_t column);     /* from 0 */
const char *weir_query_type(struct weir_query *q, uint32_t column);     /* as declared, or NULL */

/* Its parameters, from 1: how many, what they are called (NULL: nothing), and their values. */
uint32_t    weir_query_parameters(struct weir_query *q);
const char *weir_query_parameter(struct weir_query *q, uint32_t i);
int weir_query_null(struct weir_query *q, uint32_t i);
int weir_query_integer(struct weir_query *q, uint32_t i, int64_t value);
int weir_query_number(struct weir_query *q, uint32_t i, double value);
int weir_query_text(struct weir_query *q, uint32_t i, const void *bytes, uint32_t size);
int weir_query_blob(struct weir_query *q, uint32_t i, const void *bytes, uint32_t size);

/* Runs it to its end; what it yields is passed over.  It can be run again. */
int weir_query_run(struct weir_query *q);

/* Leaves the rows that have not been read; parameters stay.  Needed before others are bound. */
void weir_query_reset(struct weir_query *q);

enum weir_value_kind {
	WEIR_VALUE_NULL, WEIR_VALUE_INTEGER, WEIR_VALUE_NUMBER, WEIR_VALUE_TEXT, WEIR_VALUE_BLOB
};

struct weir_value {
	double   number;        /* of an integer the nearest one */
	int64_t  exact;         /* of an integer */
	uint32_t at;            /* of a text or blob: in weir_rows.text */
	uint32_t size;
	uint32_t kind;          /* enum weir_value_kind */
	uint32_t unused;
};

/* Rows of a query: row r has values[r * column_count] and those behind. */
struct weir_rows {
	const struct weir_value *values;
	const void *text;       /* as it is in the file: it need not be UTF-8 */
	uint32_t    row_count;
	uint32_t    column_count;
	uint32_t    text_size;
	uint32_t    unused;
};

/*
 * The next rows, at most `most` (0: as many as fit): how many, WEIR_END after the last, and then
 * the first ones again.  They stay until the query's next read.
 */
int weir_query_read(struct weir_query *q, uint32_t most, const struct weir_rows **out);

enum weir_holder_does { WEIR_HOLDER_OPEN, WEIR_HOLDER_READS, WEIR_HOLDER_WRITES };

/* A process that has a database open. */
struct weir_holder {
	uint32_t pid;
	uint32_t does;          /* enum weir_holder_does, at this moment */
	char     command[120];  /* its beginning, any bytes */
};

/* Fills `out` with those that have this one open, at most `room`; returns how many. */
int weir_holder_find(const char *path, struct weir_holder *out, uint32_t room);

/*
 * Claims a number from 0 on in a file, which is made: until weir_claim_end of what it returns, or
 * the end of the process, no other claim of it is granted.  WEIR_END when it is not.
 */
int weir_claim_take(const char *path, double number);
void weir_claim_end(int claim);

/* How rows are written.  In JSON, bytes that are no text are base64, their name ends in _b64. */
struct weir_row_form {
	const char *const *names;       /* of the columns, for JSON */
	const char *null;       /* what fields show for NULL */
	uint8_t shape;          /* enum weir_shape */
	char    separator;      /* between fields */
	char    quote;          /* around a field that needs it; 0: \t and such are shown instead */
	uint8_t listed;         /* JSON: 0: a line each; 1: in a list, the first ones; 2: those behind */
};

/* Writes them; the brackets of a list are the caller's. */
int weir_rows_write(const struct weir_rows *rows, const struct weir_row_form *form,
	struct weir_output *o);

/* Whether a text ends where a statement does, or goes on. */
int weir_db_complete(const char *text);

/* ---- traffic.db: what was measured, to be asked again ------------------------- */

struct weir_traffic;

struct weir_traffic_options {
	double   keep;          /* seconds: rows older than that are forgotten; 0: none */
	double   most_bytes;    /* of the file: what is above that makes it forget the oldest; 0: none */
	double   commit_rows;   /* rows that one transaction has at most, about; 0 for 500 000 */
	double   commit_seconds;        /* and that long it lasts; 0 for 1 */
	const char *const *protocols;   /* names of transports, by number; NULL where there is none */
	const char *sweep;      /* SQL that deletes those of the talks ?1 < id <= ?2 that nothing is of */
	uint32_t protocol_count;
	uint32_t live;          /* the clock tells how old rows are, too, and not only the packets */
};

/*
 * Opens a traffic.db for writing: it is there, with the tables of all kinds (lua/weir/traffic.lua).
 * A thread of its own will write.  All options stay the caller's, and as long as it is open.
 */
struct weir_traffic *weir_traffic_open(const char *path, const struct weir_traffic_options *o);

/*
 * No more will come: waits until all is committed, and what is too old forgotten.  The status is
 * that of all writing; counts can still be asked.
 */
int weir_traffic_finish(struct weir_traffic *t);

/* Finishes and closes; accepts NULL. */
int weir_traffic_close(struct weir_traffic *t);

/*
 * How records of a kind are stored: `insert` has the parameters flow, time, talk, source, name and
 * then the first `split` columns of the plan; `more` the flow and the others, for a table apart.
 * Both prunes delete ?2 rows at most of a time before ?1, those apart first.
 */
struct weir_traffic_table {
	const struct weir_plan *plan;
	const char *insert, *prune;
	const char *more, *prune_more;  /* NULL when there is no table apart */
	uint32_t    kind;               /* enum weir_kind; of seconds all is known */
	uint32_t    split;
	uint32_t    metadata;           /* the last column, if it is the talk's metadata, too; else 0 */
};

/* Records of that kind are stored from now on.  Before the first record of any. */
int weir_traffic_table(struct weir_traffic *t, const struct weir_traffic_table *table);

/* Another plan for a kind, with the same columns; the one before may still be in use. */
int weir_traffic_plan(struct weir_traffic *t, uint32_t kind, const struct weir_plan *plan);

/*
 * What comes now is of that source: its id in the table `source`, where `items` records of it are
 * stored already.  These are left out.
 */
int weir_traffic_source(struct weir_traffic *t, double id, double items);

/* All of the source has come. */
int weir_traffic_done(struct weir_traffic *t);

/* Stores all records of a batch; waits when the thread is far behind. */
int weir_traffic_put(struct weir_traffic *t, const struct weir_batch *batch);

/*
 * Sets a key of kv_store to a value, which is JSON; an object is merged into that which is there.
 * Anything else that is there stays: flows know better what an address is called.
 */
int weir_traffic_set(struct weir_traffic *t, const char *key, const char *value, uint32_t size);

/* Hands on what has waited for a quarter of a second; for when nothing comes. */
int weir_traffic_look(struct weir_traffic *t);

/* Waits until all that came is committed. */
int weir_traffic_flush(struct weir_traffic *t);

struct weir_traffic_counts {
	double   put;           /* records that came, but those that were stored before */
	double   stored;        /* and that are committed */
	double   commits;
	double   forgotten;     /* rows that went, because they were old, or too many */
	double   waited;        /* seconds that the caller waited for the thread */
	uint32_t full;          /* blocks that wait to be written, of … */
	uint32_t blocks;
};

void weir_traffic_count(struct weir_traffic *t, struct weir_traffic_counts *out);
/* ---- waiting for what happens ---------------------------------------------- */

enum weir_event_kind {
	WEIR_EVENT_TIMER = 1, WEIR_EVENT_SIGNAL, WEIR_EVENT_FILE, WEIR_EVENT_CHILD, WEIR_EVENT_ANSWER,
	WEIR_EVENT_REDIS,       /* a connection: it is there (value 1), or no more (0), and why */
	WEIR_EVENT_REPLY,       /* to the oldest command of a connection that has none yet */
	WEIR_EVENT_ASKED        /* a request came, which is number `value` of those who listen */
};

struct weir_event {
	uint32_t kind;
	uint32_t watch;         /* the number that was given for it */
	int32_t  value;         /* which signal; a child's exit code, or 256 + the signal that ended it */
	uint32_t answer;        /* where it is among the answers; or among the nodes */
};

enum weir_node_kind {
	WEIR_NODE_NIL, WEIR_NODE_TEXT, WEIR_NODE_ERROR, WEIR_NODE_INTEGER, WEIR_NODE_LIST
};

/* A part of a reply of Redis.  Those of a list follow it, each with all that is in it. */
struct weir_node {
	double   number;
	uint32_t kind;          /* enum weir_node_kind */
	uint32_t at;            /* where a text begins */
	uint32_t size;          /* of a text in bytes; of a list in nodes */
	uint32_t unused;
};

/* What became of a request. */
struct weir_answer {
	const void *head;       /* the lines of the answer's head, as they came */
	const void *body;       /* without its content coding */
	const char *url;        /* where it is from in the end */
	const char *why;        /* NULL: all went well; else what went wrong */
	double   seconds;       /* that it took */
	uint32_t head_size, body_size;
	uint32_t watch;
	int32_t  status;        /* 0: there was no answer */
	int32_t  is_passing;    /* what went wrong may go well another time */
};

/* What has happened, in this order. */
struct weir_happened {
	const struct weir_event  *events;
	const struct weir_answer *answers;
	const struct weir_node   *nodes;
	const void *text;       /* of nodes */
	uint32_t event_count, answer_count, node_count, text_size;
};

struct weir_loop;

/* NULL when the system gives none.  The caller frees it; freeing accepts NULL. */
struct weir_loop *weir_loop_new(void);
void weir_loop_free(struct weir_loop *l);

/*
 * What is waited for: so many seconds, once or again and again; a signal, which then does nothing
 * else; bytes to read from a descriptor; the end of a child.  Each returns a number above 0, or a
 * weir_status.  A timer that has gone off once, and a child that has ended, are forgotten.
 */
int weir_loop_timer(struct weir_loop *l, double seconds, int again);
int weir_loop_signal(struct weir_loop *l, int signal);
int weir_loop_file(struct weir_loop *l, int fd);
int weir_loop_child(struct weir_loop *l, int pid);

struct weir_request {
	const char *method;
	const char *url;        /* of http or https */
	const char *const *headers;     /* "Name: value", and NULL behind the last */
	const void *body;       /* stays as it is until the answer has come */
	const char *proxy;      /* NULL: that of the environment */
	const char *ca_file;    /* certificates to believe in; NULL: those of the system */
	double   timeout;       /* seconds for all of it */
	uint32_t body_size;
	uint32_t most;          /* bytes of the body, without its coding; more is an error */
	uint32_t redirects;     /* that are followed */
};

/* Sends it; what becomes of it is an event. */
int weir_loop_request(struct weir_loop *l, const struct weir_request *r);

/* Connects to Redis, or with port 0 to a Unix socket at that path.  Once it is gone it is forgotten. */
int weir_loop_redis(struct weir_loop *l, const char *host, int port);

/* Sends a command of so many words; replies come in the order of commands. */
int weir_redis_send(struct weir_loop *l, int watch, uint32_t count, const char *const *words,
	const size_t *sizes);

/*
 * Listens for requests of HTTP at an address, such as "127.0.0.1" or "::1", and a port; 0 is any that
 * is free.  The answer of its events is a list of three texts: the method, GET or HEAD; the target;
 * the lines of the head.  Few may ask at a time, and all have seconds for it.
 */
int weir_loop_serve(struct weir_loop *l, const char *host, int port);

/* The port at which that watch listens; 0 when it does not. */
int weir_loop_port(struct weir_loop *l, int watch);

/*
 * Answers a request: `lines` of the head, each with its end.  Nobody hears an answer to a request
 * that was answered, or whose asker has gone.
 */
void weir_loop_answer(struct weir_loop *l, int watch, int request, int status, const char *lines,
	const void *body, uint32_t size);

/* Waits no more for that: nothing is told of it again. */
void weir_loop_forget(struct weir_loop *l, int watch);

/*
 * Waits until something happens, `wait` seconds at most (below 0: for ever).  Returns how much did;
 * it stays until the next call.
 */
int weir_loop_read(struct weir_loop *l, double wait, const struct weir_happened **out);

/* ---- digests ----------------------------------------------------------- */

enum weir_digest_kind { WEIR_MD5, WEIR_SHA256 };

/* A digest in lower-case hexadecimal, with its zero byte: of bytes, or of a file's. */
int weir_digest(uint32_t kind, const void *bytes, double size, char out[65]);
int weir_digest_file(uint32_t kind, const char *path, char out[65]);

/* ---- knowledge: facts, and where they come from ------------------------- */

enum { WEIR_PLACES = 32 };      /* packets of a record that evidence names */

/* Where a packet is: in which input of the run, at which offset in its file. */
struct weir_place {
	double   offset;
	uint32_t input;
	uint32_t unused;
};

/* A record that somebody learnt a fact from. */
struct weir_proof {
	double   flow_id;       /* 0: it is of none */
	double   ordinal;       /* of the packet that completed it, in its input; 0: none did */
	double   time;          /* seconds since 1970 */
	double   packets;       /* that it is made of */
	uint32_t input;
	uint32_t place_count;   /* of these packets: all, or as many first as last ones */
	char     kind[16];      /* of the record: its name, since numbers change with versions */
	struct weir_place places[WEIR_PLACES];
};

/*
 * Packs what proves a record of a kind, which is alive: `name` is the kind's, `first` the number
 * of the capture's first input among those of the run.  Returns how many bytes, or a weir_status.
 */
int weir_evidence_pack(const void *record, uint32_t kind, const char *name, uint32_t first,
	void *out, uint32_t room);

/*
 * The same proof, of a record that another process packed, as of that input of a run: all of it is
 * of one.  Returns how many bytes, or WEIR_FAIL when it is damaged.
 */
int weir_evidence_adopt(const void *proof, uint32_t size, uint32_t input, void *out, uint32_t room);

/*
 * Evidence is a number of proofs that were left out, and others, packed: the first and the last
 * ones that there were.  Joins an older one with a newer one; both may be of no bytes.
 */
int weir_evidence_join(const void *old, uint32_t old_size, const void *new, uint32_t new_size,
	void *out, uint32_t room);

/* The proofs in evidence, at most `room`: how many, or WEIR_FAIL when it is damaged. */
int weir_evidence_read(const void *evidence, uint32_t size, struct weir_proof *out, uint32_t room,
	double *left_out);

enum { WEIR_PROOFS = 8, WEIR_EVIDENCE_ROOM = 8192 };   /* proofs in evidence; its bytes */

enum weir_fact_state {
	WEIR_FACT_NEW,          /* nobody had told it */
	WEIR_FACT_OTHERS,       /* others had, this witness had not */
	WEIR_FACT_AGAIN         /* this witness had */
};

/* What one witness tells of one fact.  Texts that are NULL, and numbers that are NaN, are not told. */
struct weir_fact {
	const char *id;         /* 32 characters */
	const char *type;       /* or the verb */
	const char *key;        /* of an entity */
	const char *src;        /* of a relationship: ids, and so is dst */
	const char *dst;
	const char *data;       /* JSON: what is known of it, when nobody had told it */
	const char *told;       /* the same, with when it was told */
	const void *proofs;     /* evidence */
	uint32_t type_size;
	uint32_t key_size;
	uint32_t data_size;
	uint32_t told_size;
	uint32_t proofs_size;
	uint32_t state;         /* enum weir_fact_state, once it is written */
	double   count;
	double   first;         /* seconds since 1970 */
	double   last;
	double   confidence;
};

/*
 * Writes facts into a knowledge base, within a transaction of its connection.  Of a fact that was
 * there it leaves `data` alone, and of evidence that was there `told`.  `stamp`: when, in ms.
 */
struct weir_kb;
struct weir_kb *weir_kb_new(struct weir_db *db);
void weir_kb_free(struct weir_kb *kb);                  /* accepts NULL */
int weir_kb_write(struct weir_kb *kb, struct weir_fact *facts, uint32_t count, double witness,
	double stamp);

/* ---- small things ------------------------------------------------------ */

/* Writes the text of an address (version 4 or 6), or of six bytes, with its zero byte. */
int weir_address_text(const void *address, uint32_t version, char out[46]);
int weir_ether_text(const void *six, char out[18]);

/* Bytes that Lua looks at through bounds-checked methods (lua/weir/slice.lua). */
struct weir_slice {
	const void *const at;
	const uint32_t size;
};

/* Where `needle` first is in the slice, from `from` on; -1 when it is nowhere. */
double weir_slice_find(const struct weir_slice *s, uint32_t from,
	const void *needle, uint32_t size);

/*
 * A regular expression, as Perl has them, over bytes; upper and lower case are the same but after
 * (?-i).  NULL when it is none; `*at` is then where in the text.  The caller frees it.
 */
struct weir_pattern;
struct weir_pattern *weir_pattern_new(const void *text, uint32_t size, uint32_t *at);
void weir_pattern_free(struct weir_pattern *p);

/* Whether it matches anywhere in these bytes: 1 or 0, after a time that is linear in `size`. */
int weir_pattern_match(struct weir_pattern *p, const void *bytes, uint32_t size);

/* ---- the web: pages, their charsets, names of hosts, JSON ------------------------------- */

/*
 * How pages call the charset that bytes are in: what their byte order mark says, else the label,
 * else what they say themselves, else what they look like.  `*mark`: bytes of that mark.
 */
const char *weir_charset(const char *label, const void *bytes, uint32_t size, uint32_t *mark);

int weir_charset_is_utf8(const void *bytes, uint32_t size);

/*
 * Converts bytes of that charset to UTF-8, with U+FFFD for what is no character; at most `room`
 * bytes, of which 3 for each byte are enough.  Their number, or WEIR_FAIL.
 */
int weir_charset_convert(const char *label, const void *bytes, uint32_t size, char *out,
	uint32_t room);

/*
 * Hosts, in lower case and at most 253 bytes, and what is written to `out`: the domain under which
 * one was registered; a name in ASCII, as DNS has it; and as people read it.  The size, 0 when
 * there is none, WEIR_FAIL when the library for it is not there.
 */
int weir_url_site(const char *host, char *out, uint32_t room);
int weir_url_ascii(const char *host, char *out, uint32_t room);
int weir_url_unicode(const char *host, char *out, uint32_t room);

/* What is too much of JSON. */
struct weir_json_limits {
	uint32_t depth;         /* values inside each other */
	uint32_t values;
};

/*
 * Makes strict JSON of the value that a text begins with; at most 2 bytes for each, and 1.
 * The size, or WEIR_FAIL.
 */
int weir_json_tidy(const char *text, uint32_t size, const struct weir_json_limits *limits,
	char *out);

enum weir_html_kind {
	WEIR_HTML_PAGE,         /* node 0: all others are inside */
	WEIR_HTML_ELEMENT,
	WEIR_HTML_TEXT
};

/* A part of a page.  They stand in the order of the page: what is in one follows it. */
struct weir_html_node {
	uint32_t parent;
	uint32_t end;           /* the first node behind it that is not inside */
	uint32_t prev;          /* the element before it in its parent; 4294967295: none */
	uint32_t place;         /* among the elements of its parent, from 1 */
	uint32_t at, size;      /* its name, in lower case, or its text: in the page's bytes */
	uint32_t attr;          /* its first attribute */
	uint8_t  attrs;         /* how many */
	uint8_t  kind;          /* enum weir_html_kind */
	uint8_t  tag;
	uint8_t  last;          /* no element comes behind it in its parent */
};

struct weir_html;
struct weir_selector;

/*
 * Reads a page, which is in UTF-8, in a time that is linear in its size: any bytes are a page.
 * NULL when there is no memory.  The caller frees it; nodes, attributes and bytes live as long.
 */
struct weir_html *weir_html_new(const void *bytes, uint32_t size);
void weir_html_free(struct weir_html *h);
const struct weir_html_node *weir_html_nodes(const struct weir_html *h, uint32_t *count);
const char *weir_html_bytes(const struct weir_html *h);

/* Whether some of it was left out: it is too large, or too deep. */
int weir_html_truncated(const struct weir_html *h);

/* The value of an element's attribute, and its size; NULL when it has none of that name. */
const char *weir_html_attribute(const struct weir_html *h, uint32_t node, const char *name,
	uint32_t *size);

/*
 * The texts in a node: as they stand, when `is_raw`; else as they are read, each run of blanks one
 * blank, without scripts and styles.  Valid until the next one is asked for; NULL: no memory.
 */
const char *weir_html_text(struct weir_html *h, uint32_t node, int is_raw, uint32_t *size);

/* A selector of CSS; NULL when it is none.  The caller frees it. */
struct weir_selector *weir_selector_new(const char *text, uint32_t size);
void weir_selector_free(struct weir_selector *s);

/*
 * The elements in the node `root` that a selector means, which is applied to these alone; at most
 * `most` of them, in order.  Their number, or WEIR_FAIL; `*found` is valid until the next search.
 */
int weir_html_find(struct weir_html *h, uint32_t root, const struct weir_selector *selector,
	uint32_t most, const uint32_t **found);

/* Seconds of a clock that only goes forward; CPU seconds of the process. */
double weir_clock(void);
double weir_clock_cpu(void);

/* The i-th "NAME=VALUE" of the environment, from 0; NULL behind the last one. */
const char *weir_environment(int i);

/* The number of this process. */
int weir_pid(void);

/* How many processors this process may use. */
int weir_processors(void);

/* Whether two paths are one file on a disk; "-" is standard input. */
int weir_same_file(const char *path, const char *other);

/* Whether there is a file, of any kind but a folder. */
int weir_is_file(const char *path);

/* Whether there is a pipe, a device or such: what it has can be read once. */
int weir_is_stream(const char *path);

/* Makes a folder, and those above it that are missing. */
int weir_make_folder(const char *path);

/* Whether a path leads to a regular file in a folder, or below it, links followed. */
int weir_file_is_below(const char *path, const char *folder);

/* The path of the program that runs, into `out`; returns its length, 0 when nobody knows. */
int weir_program(char *out, uint32_t room);

/* Columns of the terminal behind descriptor `fd`; 0 when it is none. */
int weir_terminal_width(int fd);

/*
 * From the first on, SIGINT and SIGTERM are remembered instead of ending the
 * program; the second says which one came, 0 for none.  In a session (weir_interrupt_catch) it
 * says what asks that which runs to stop.
 */
int weir_stop_watch(void);
int weir_stop_signal(void);

/* ---- people who type ------------------------------------------------------ */

/*
 * A session: from the first on, SIGINT asks what runs to stop and SIGTERM and SIGHUP end the
 * session, too, instead of the program.  What runs is between begin and end, which says the signal
 * that asked it to stop, 0 for none; `what` it is is told when it does not.
 */
int  weir_interrupt_catch(void);
void weir_interrupt_begin(const char *what);
int  weir_interrupt_end(void);

/* The signal that ends the session, 0 for none. */
int weir_interrupt_last(void);

/* What is typed on a terminal, edited by libedit; a line may have several lines in it. */
struct weir_edit;

/* What a key wants of who reads. */
enum weir_edit_event {
	WEIR_EDIT_ENTER     = 1,        /* it is to be done, or goes on with a further line */
	WEIR_EDIT_TAB       = 2,        /* the word at the cursor is to be completed */
	WEIR_EDIT_INTERRUPT = 3,        /* Ctrl-C: what was typed is gone */
	WEIR_EDIT_LEAVE     = 4         /* Ctrl-D where nothing is */
};

/* Edits what comes from standard input; NULL when that or standard output is no terminal. */
struct weir_edit *weir_edit_open(void);
void weir_edit_close(struct weir_edit *e);      /* the terminal is as it was before */

/*
 * Waits for a key that wants something: a weir_edit_event, or WEIR_END when the terminal is gone or
 * the session ends.  The first call shows the prompt, in which \1 stands around what takes no room;
 * after ENTER and TAB the same line is edited on by the next call, unless it was accepted.
 */
int weir_edit_read(struct weir_edit *e, const char *prompt);

/* What the line says, valid until the next call; and how many bytes are before the cursor. */
const char *weir_edit_text(struct weir_edit *e);
uint32_t weir_edit_cursor(struct weir_edit *e);

/* Puts a text in place of `back` bytes before the cursor, which is then behind it. */
void weir_edit_replace(struct weir_edit *e, uint32_t back, const char *text);

/* Shows lines of text below the line; or a bell, for NULL. */
void weir_edit_show(struct weir_edit *e, const char *text);

/* The line is done: the cursor goes below it, and the terminal is an ordinary one again. */
void weir_edit_accept(struct weir_edit *e);

/*
 * Remembers entries, `most` at most: those of the file at `path` come first, and new ones are
 * written to its end at once.  Nobody else may read it.  0, or WEIR_FAIL when it cannot be used;
 * new entries are remembered all the same.
 */
int weir_edit_history(struct weir_edit *e, const char *path, uint32_t most);
int weir_edit_remember(struct weir_edit *e, const char *entry);

/* Lines of the terminal behind descriptor `fd`; 0 when it is none. */
int weir_terminal_height(int fd);

/* ---- programs of the system --------------------------------------------------------- */

struct weir_command {
	const char *const *arguments;   /* the program, found in PATH, and its words; NULL is the last */
	const char *const *environment; /* all that it has of one, ended in the same way */
	const char *folder;             /* where it runs; NULL: here */
	double seconds;                 /* that it may take */
};

/*
 * Runs it to its end, and puts what it prints, as far as there is room, into `out`.  Returns its
 * exit code, 256 + the signal that ended it, or a weir_status: WEIR_STOPPED when its time was up or
 * a signal stops us; then it is killed, with all that it started.
 */
int weir_command_run(const struct weir_command *c, char *out, uint32_t room, uint32_t *size);

/* ---- folders with all that is in them ----------------------------------------------------- */

enum { WEIR_TREE_MOST = 100000 };       /* files that are copied */

/* Removes a file, or a folder with all in it; what is not there is removed already. */
int weir_tree_remove(const char *path);

/* Copies plain files and folders, without .git; a link among them is a failure. */
int weir_tree_copy(const char *from, const char *to);

/*
 * Puts `made` at the place `at`, in one step: somebody who looks sees what was there before, or
 * what is there now.  Returns 1 when there was something, which is now at `made`; else 0.
 */
int weir_tree_place(const char *made, const char *at);

/* ---- processes of our own program ------------------------------------------------- */

struct weir_process;

/*
 * Starts this program again: its arguments, of which the first is what it is called, and its
 * environment, each ended by NULL.  It has one channel to us, as its standard input and output, and
 * nothing else of ours: no file, no terminal, no signal's mask.  NULL when it cannot be started.
 */
struct weir_process *weir_process_start(const char *const *arguments, const char *const *environment);
int weir_process_pid(const struct weir_process *p);

/* From now on this process ends when its parent does; at once when that has ended already. */
int weir_process_follow(uint32_t parent);

/* What is readable once a frame has begun to come, or the process has ended. */
int weir_process_fd(const struct weir_process *p);

/*
 * Sends a frame, and reads one: its length in four bytes, the smallest first, and that many bytes.
 * Neither takes longer than `seconds`, whatever the other end does.  A frame of more than `most`
 * bytes is refused; room is made as bytes come.  What was read stays until the next read; returns
 * its size, WEIR_STOPPED when time was up, WEIR_CLOSED when the process has ended, WEIR_FAIL.
 */
int weir_process_send(struct weir_process *p, const void *bytes, uint32_t size, double seconds);
int weir_process_read(struct weir_process *p, uint32_t most, double seconds, const char **out);

/* The processor may work for so many seconds more, then the system ends it. */
int weir_process_allow(struct weir_process *p, double seconds);

/* Asks it to come to an end: what weir_stop_watch has watch there. */
int weir_process_stop(const struct weir_process *p);

/* Ends it now, if it still runs; in words how it ended.  Freeing ends it, too, and accepts NULL. */
const char *weir_process_end(struct weir_process *p);
void weir_process_free(struct weir_process *p);

/* What this process may do from now on: see weir_sandbox_enter. */
struct weir_sandbox {
	const char *const *readable;    /* folders and files; NULL ends a list */
	const char *const *writable;
	double   memory;                /* bytes that it may take besides what it has */
	double   file_size;             /* bytes of a file that it writes */
	uint32_t files;                 /* that it has open at a time, besides its channel */
	uint32_t parent;                /* the process that it dies with */
};

/*
 * Leaves this process nothing but to compute, to read standard input and to write standard output;
 * and what is granted.  There is no way back.  It is refused where the system cannot do it.
 */
int weir_sandbox_enter(const struct weir_sandbox *s);

/* What the system has for it: whether calls can be filtered; the version of Landlock, or 0. */
int weir_sandbox_filters(void);
int weir_sandbox_landlock(void);

/* ---- the rest ----------------------------------------------------------------- */

/* Gives up root for `user` and that user's groups. */
int weir_process_become(const char *user);

/* "LIBRARY VERSION" of what the core was built with: the i-th, or NULL past the last. */
const char *weir_about(uint32_t i);
