/* link.c - probabilities of a model's sums, in the precision of who trained it. */
#include <math.h>
#include "../base.h"

static double logistic(double x, uint32_t single)
{
	return single ? 1.0f / (1.0f + expf(-(float)x)) : 1 / (1 + exp(-x));
}

static double power(double x, uint32_t single)
{
	return single ? expf((float)x) : exp(x);
}

/*
 * Exponents are taken from the largest down, so that none is too large to have a power.  Their sum
 * is of double precision for XGBoost, too.
 */
static void softmax(double *row, uint32_t width, uint32_t single)
{
	double most = row[0], sum = 0;

	for (uint32_t k = 1; k < width; k++)
		most = row[k] > most ? row[k] : most;
	for (uint32_t k = 0; k < width; k++) {
		row[k] = power(row[k] - most, single);
		sum += row[k];
	}
	for (uint32_t k = 0; k < width; k++)
		row[k] = single ? (double)((float)row[k] / (float)sum) : row[k] / sum;
}

static void each(double *row, uint32_t width, uint32_t single)
{
	double sum = 0;

	for (uint32_t k = 0; k < width; k++)
		sum += row[k] = logistic(row[k], single);
	for (uint32_t k = 0; k < width && sum > 0; k++)
		row[k] /= sum;
}

void weir_link_apply(double *sums, uint32_t count, uint32_t width, uint32_t as, uint32_t single)
{
	for (uint32_t i = 0; i < count; i++) {
		double *row = sums + (size_t)i * width;

		if (as == WEIR_LINK_LOGISTIC && width == 2) {
			row[1] = logistic(row[0], single);
			row[0] = single ? (double)(1.0f - (float)row[1]) : 1 - row[1];
		} else if (as == WEIR_LINK_SOFTMAX) {
			softmax(row, width, single);
		} else if (as == WEIR_LINK_EACH) {
			each(row, width, single);
		} else if (as == WEIR_LINK_ALONE) {
			for (uint32_t k = 0; k < width; k++)
				row[k] = logistic(row[k], single);
		}
	}
}
