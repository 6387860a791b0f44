/*
 * gquic.h - QUIC as Google had it first: headers of its own, frames of its own, and a hello that
 * is a table of tags (Q024 to Q050).
 */
#pragma once

#include "quic_packet.h"

/* A packet of which nothing is encrypted yet. */
struct gquic {
	uint32_t version;               /* 0: it does not say, as those of servers do not */
	struct quic_cid cid;            /* of the connection */
	uint32_t number_size;           /* bytes of the packet's number */
	struct span frames;
};

/* Reads the header of a datagram; whether it is one. */
int gquic_packet(struct span datagram, struct gquic *g);

/* Of a version up to Q043 that a server refuses: those that it offers instead, if it is one. */
int gquic_is_refusal(struct span datagram, struct quic_cid *cid, struct span *versions);

/* Takes the next piece of the stream of hellos from the front of the frames. */
int gquic_piece(struct gquic *g, uint64_t *offset, struct span *piece);

/* Whether all of the frames could be read. */
static inline int gquic_is_read(const struct gquic *g)
{
	return g->frames.size == 0;
}

/* Whether that is the beginning of a client's hello. */
int chlo_begins(struct span piece);

/* The bytes of a client's hello that begins like that; 0: it is none, or too little is there. */
uint32_t chlo_size(struct span begins);

/* The next tag of a whole hello, `i` from 0 on, with its value; whether there is one. */
int chlo_tag(struct span hello, uint32_t i, struct span *tag, struct span *value);
