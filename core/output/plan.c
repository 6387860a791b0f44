/*
 * plan.c - records as text: JSON lines, fields with separators, or by a template.
 *
 * Lua decides once which columns, in which order, under which labels; here whole batches are
 * written by that plan.
 */
#include "line.h"

int weir_plan_write(const struct weir_plan *plan, const struct weir_batch *batch,
	uint32_t first, uint32_t count, struct weir_output *o)
{
	struct line l = { .plan = plan, .batch = batch, .o = o };

	l.record = line_records(plan, batch) + (size_t)first * plan->record_size;
	for (; count && o->status == 0; count--, l.record += plan->record_size) {
		uint8_t *to = output_room(o, plan->room);

		if (plan->shape == WEIR_TEMPLATE && !template_fits(&l))
			return fail_as(WEIR_END, "a text is not plain");
		to = plan->shape == WEIR_JSON ? line_json_record(&l, to) :
			plan->shape == WEIR_TEMPLATE ? template_record(&l, to) : line_fields_record(&l, to);
		*to++ = '\n';
		output_end(o, to);
		if (plan->flush)
			weir_output_flush(o);
	}
	return o->status;
}

int weir_plan_record(const struct weir_plan *plan, const struct weir_batch *batch, uint32_t count,
	const void *record, struct weir_output *o)
{
	uintptr_t first = (uintptr_t)line_records(plan, batch), at = (uintptr_t)record;
	size_t place = (at - first) / plan->record_size;

	if (at < first || place >= count)
		return fail_as(WEIR_MISUSE, "the record is gone: it lasts as long as the call that shows it");
	return weir_plan_write(plan, batch, (uint32_t)place, 1, o);
}
