/*
 * meter_script.c - what scripts ask of a meter between two reads: memory for flows, values beside
 * them, and to end one.
 */
#include "meter_inside.h"

void *weir_meter_memory(struct weir_meter *m, uint32_t size)
{
	if (m->flows)
		return flows_memory(m->flows, size);
	fail_as(WEIR_MISUSE, "no memory for flows: none are made");
	return NULL;
}

int weir_meter_forget(struct weir_meter *m, void *memory)
{
	if (m->flows)
		return flows_forget(m->flows, memory);
	return fail_as(WEIR_MISUSE, "no memory to give back: no flows are made");
}

struct weir_cell *weir_meter_cells(struct weir_meter *m, uint32_t columns, uint32_t layout)
{
	if (!m->flows) {
		fail_as(WEIR_MISUSE, "no cells for flows: none are made");
		return NULL;
	}
	if (cells_arrange(&m->cells, columns, layout) < 0)
		return NULL;
	cells_show(&m->cells, m->batch);
	return m->cells.at;
}

uint32_t weir_meter_note(struct weir_meter *m, const void *bytes, uint32_t size)
{
	uint32_t at = cells_note(&m->cells, bytes, size);

	m->batch->notes = m->cells.notes;
	return at;
}

int weir_meter_app(struct weir_meter *m, uint32_t row, uint32_t app, uint32_t by)
{
	if (!m->flows || row >= m->flows->out.flow_count || app > UINT16_MAX || by > WEIR_APP_PORT)
		return fail_as(WEIR_MISUSE, "flow %u of the batch cannot be for %u", row, app);
	m->flows->out.flows[row].app_number = (uint16_t)app;
	m->flows->out.flows[row].app_by = (uint8_t)by;
	return 0;
}

int weir_meter_cut(struct weir_meter *m, uint32_t flow, int64_t clock)
{
	if (m->flows)
		return flows_cut(m->flows, flow, clock);
	return fail_as(WEIR_MISUSE, "cannot end flow %u: none are made", flow);
}
