#include "plan_rivals.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

const char *const rival_names[RIVALS] = { "GLPK dual simplex", "GLPK interior point",
                                          "Clp dual simplex", "Clp with presolve" };

/* --- the linear program ---------------------------------------------------------------------- */

/* Columns of a step: the power, too cold, too warm, the states after it; at last what the end
 * lacks. Rows of a step: the states after it, cold, warm; at last the end. */
static int col(int n, int k, int i)
{
    return k * (3 + n) + i;
}

static int row(int n, int k, int i)
{
    return k * (2 + n) + i;
}

typedef struct entry {
    int row;
    double value;
} entry;

/* The rows that column (k, i) is in. */
static int entries_of(const ohm_heating *p, int k, int i, entry out[8])
{
    int n = p->states, count = 0;
    if (i == 0) {
        for (int s = 0; s < n; s++)
            out[count++] = (entry){ row(n, k, s), -p->b[s] };
        out[count++] = (entry){ row(n, k, n), p->d };
        out[count++] = (entry){ row(n, k, n + 1), p->d };
        return count;
    }
    if (i < 3) {
        out[0] = (entry){ row(n, k, n + i - 1), i == 1 ? 1 : -1 };
        return 1;
    }
    int state = i - 3;
    out[count++] = (entry){ row(n, k, state), 1 };
    if (k + 1 == p->steps) {
        out[count++] = (entry){ row(n, p->steps, state), 1 };
        return count;
    }
    for (int s = 0; s < n; s++)
        out[count++] = (entry){ row(n, k + 1, s), -p->a[s][state] };
    out[count++] = (entry){ row(n, k + 1, n), p->c[state] };
    out[count++] = (entry){ row(n, k + 1, n + 1), p->c[state] };
    return count;
}

static void add_column(rival_lp *lp, int at, const entry *entries, int count)
{
    lp->start[at] = lp->count;
    for (int e = 0; e < count; e++) {
        if (entries[e].value == 0)
            continue;
        lp->index[lp->count] = entries[e].row;
        lp->value[lp->count++] = entries[e].value;
    }
    lp->start[at + 1] = lp->count;
}

static double *numbers(int count)
{
    return calloc((size_t)count, sizeof(double));
}

void rival_lp_make(rival_lp *lp, const ohm_heating *p)
{
    int n = p->states;
    *lp = (rival_lp){ .cols = p->steps * (3 + n) + n, .rows = p->steps * (2 + n) + n };
    lp->start = calloc((size_t)lp->cols + 1, sizeof(int));
    lp->index = calloc((size_t)lp->cols * 8, sizeof(int));
    lp->value = numbers(lp->cols * 8);
    lp->low = numbers(lp->cols);
    lp->high = numbers(lp->cols);
    lp->cost = numbers(lp->cols);
    lp->row_low = numbers(lp->rows);
    lp->row_high = numbers(lp->rows);
    for (int k = 0; k < p->steps; k++)
        for (int i = 0; i < 3 + n; i++) {
            entry entries[8];
            int at = col(n, k, i);
            add_column(lp, at, entries, entries_of(p, k, i, entries));
            lp->low[at] = i == 0 ? p->u_min : i < 3 ? 0 : -1e30;
            lp->high[at] = i == 0 ? p->u_max : 1e30;
        }
    for (int i = 0; i < n; i++) {
        entry one = { row(n, p->steps, i), 1 };
        add_column(lp, col(n, p->steps, i), &one, 1);
        lp->high[col(n, p->steps, i)] = 1e30;
    }
    rival_lp_update(lp, p);
}

void rival_lp_update(rival_lp *lp, const ohm_heating *p)
{
    int n = p->states;
    for (int k = 0; k < p->steps; k++) {
        double y = p->offset[k];
        lp->cost[col(n, k, 0)] = p->cost[k];
        lp->cost[col(n, k, 1)] = p->low_price;
        lp->cost[col(n, k, 2)] = p->high_price;
        for (int i = 0; i < n; i++) {
            double x = p->drift[i][k];
            for (int j = 0; j < n && k == 0; j++)
                x += p->a[i][j] * p->x0[j];
            y += k == 0 ? p->c[i] * p->x0[i] : 0;
            lp->row_low[row(n, k, i)] = lp->row_high[row(n, k, i)] = x;
        }
        lp->row_low[row(n, k, n)] = p->y_min - y;
        lp->row_high[row(n, k, n)] = 1e30;
        lp->row_low[row(n, k, n + 1)] = -1e30;
        lp->row_high[row(n, k, n + 1)] = p->y_max - y;
    }
    for (int i = 0; i < n; i++) {
        lp->cost[col(n, p->steps, i)] = p->end_price[i];
        lp->row_low[row(n, p->steps, i)] = p->end[i];
        lp->row_high[row(n, p->steps, i)] = 1e30;
    }
}

void rival_lp_free(rival_lp *lp)
{
    free(lp->start);
    free(lp->index);
    free(lp->value);
    free(lp->low);
    free(lp->high);
    free(lp->cost);
    free(lp->row_low);
    free(lp->row_high);
}

/* --- the libraries ---------------------------------------------------------------------------- */

/* glpk.h 5.0: glp_smcp begins with msg_lev and meth, glp_iptcp with msg_lev; GLP_DUALP is 2. */
typedef struct glpk_options {
    int msg_lev, meth;
    double rest[64];
} glpk_options;

static struct glpk {
    void *library, *problem;
    void *(*create)(void);
    void (*delete)(void *);
    int (*add_rows)(void *, int), (*add_cols)(void *, int);
    void (*row_bounds)(void *, int, int, double, double);
    void (*col_bounds)(void *, int, int, double, double);
    void (*cost)(void *, int, double);
    void (*matrix)(void *, int, const int *, const int *, const double *);
    void (*simplex_options)(glpk_options *), (*interior_options)(glpk_options *);
    int (*simplex)(void *, const glpk_options *), (*interior)(void *, const glpk_options *);
    double (*objective)(void *), (*interior_objective)(void *);
    int (*quiet)(int);
} glpk;

static struct clp {
    void *library, *problem;
    void *(*create)(void);
    void (*delete)(void *);
    void (*load)(void *, int, int, const int *, const int *, const double *, const double *,
                 const double *, const double *, const double *, const double *);
    double *(*row_low)(void *), *(*row_high)(void *), *(*cost)(void *);
    void (*quiet)(void *, int);
    int (*dual)(void *, int), (*presolved)(void *);
    double (*objective)(void *);
} clp;

/* ISO C has no cast from an object's address to a function's; POSIX means this one. */
static bool find(void *library, const char *name, void *to)
{
    void *at = dlsym(library, name);
    memcpy(to, &at, sizeof at);
    return at != NULL;
}

static bool open_glpk(void)
{
    void *at = glpk.library = dlopen("libglpk.so.40", RTLD_NOW);
    return at && find(at, "glp_create_prob", &glpk.create) &&
           find(at, "glp_delete_prob", &glpk.delete) && find(at, "glp_add_rows", &glpk.add_rows) &&
           find(at, "glp_add_cols", &glpk.add_cols) &&
           find(at, "glp_set_row_bnds", &glpk.row_bounds) &&
           find(at, "glp_set_col_bnds", &glpk.col_bounds) &&
           find(at, "glp_set_obj_coef", &glpk.cost) && find(at, "glp_load_matrix", &glpk.matrix) &&
           find(at, "glp_init_smcp", &glpk.simplex_options) &&
           find(at, "glp_init_iptcp", &glpk.interior_options) &&
           find(at, "glp_simplex", &glpk.simplex) && find(at, "glp_interior", &glpk.interior) &&
           find(at, "glp_get_obj_val", &glpk.objective) &&
           find(at, "glp_ipt_obj_val", &glpk.interior_objective) &&
           find(at, "glp_term_out", &glpk.quiet);
}

static bool open_clp(void)
{
    void *at = clp.library = dlopen("libClp.so.1", RTLD_NOW);
    return at && find(at, "Clp_newModel", &clp.create) &&
           find(at, "Clp_deleteModel", &clp.delete) && find(at, "Clp_loadProblem", &clp.load) &&
           find(at, "Clp_rowLower", &clp.row_low) && find(at, "Clp_rowUpper", &clp.row_high) &&
           find(at, "Clp_objective", &clp.cost) && find(at, "Clp_setLogLevel", &clp.quiet) &&
           find(at, "Clp_dual", &clp.dual) && find(at, "Clp_initialSolve", &clp.presolved) &&
           find(at, "Clp_objectiveValue", &clp.objective);
}

bool rivals_open(void)
{
    if (!open_glpk())
        glpk.library = NULL;
    else
        (void)glpk.quiet(0);
    if (!open_clp())
        clp.library = NULL;
    return glpk.library || clp.library;
}

bool rival_is_there(rival_kind kind)
{
    return (kind <= GLPK_INTERIOR ? glpk.library : clp.library) != NULL;
}

/* GLP_FR 1, GLP_LO 2, GLP_UP 3, GLP_DB 4, GLP_FX 5 */
static int bounds_kind(double low, double high)
{
    if (low <= -1e30)
        return high >= 1e30 ? 1 : 3;
    return high >= 1e30 ? 2 : low < high ? 4 : 5;
}

static void load_glpk(const rival_lp *lp)
{
    int *rows = calloc((size_t)lp->count + 1, sizeof(int));
    int *cols = calloc((size_t)lp->count + 1, sizeof(int));
    if (glpk.problem)
        glpk.delete(glpk.problem);
    void *p = glpk.problem = glpk.create();
    (void)glpk.add_rows(p, lp->rows);
    (void)glpk.add_cols(p, lp->cols);
    for (int j = 0; j < lp->cols; j++) {
        glpk.col_bounds(p, j + 1, bounds_kind(lp->low[j], lp->high[j]), lp->low[j], lp->high[j]);
        for (int e = lp->start[j]; e < lp->start[j + 1]; e++) {
            rows[e + 1] = lp->index[e] + 1;
            cols[e + 1] = j + 1;
        }
    }
    glpk.matrix(p, lp->count, rows, cols, lp->value - 1);
    free(rows);
    free(cols);
}

void rival_load(rival_kind kind, const rival_lp *lp)
{
    if (kind <= GLPK_INTERIOR) {
        load_glpk(lp);
        rival_change(kind, lp);
        return;
    }
    if (clp.problem)
        clp.delete(clp.problem);
    clp.problem = clp.create();
    clp.quiet(clp.problem, 0);
    clp.load(clp.problem, lp->cols, lp->rows, lp->start, lp->index, lp->value, lp->low, lp->high,
             lp->cost, lp->row_low, lp->row_high);
}

void rival_change(rival_kind kind, const rival_lp *lp)
{
    if (kind <= GLPK_INTERIOR) {
        for (int j = 0; j < lp->cols; j++)
            glpk.cost(glpk.problem, j + 1, lp->cost[j]);
        for (int i = 0; i < lp->rows; i++)
            glpk.row_bounds(glpk.problem, i + 1, bounds_kind(lp->row_low[i], lp->row_high[i]),
                            lp->row_low[i], lp->row_high[i]);
        return;
    }
    memcpy(clp.cost(clp.problem), lp->cost, (size_t)lp->cols * sizeof(double));
    memcpy(clp.row_low(clp.problem), lp->row_low, (size_t)lp->rows * sizeof(double));
    memcpy(clp.row_high(clp.problem), lp->row_high, (size_t)lp->rows * sizeof(double));
}

double rival_solve(rival_kind kind)
{
    glpk_options options = { 0 };
    switch (kind) {
    case GLPK_SIMPLEX:
        glpk.simplex_options(&options);
        options.msg_lev = 0;
        options.meth = 2;
        (void)glpk.simplex(glpk.problem, &options);
        return glpk.objective(glpk.problem);
    case GLPK_INTERIOR:
        glpk.interior_options(&options);
        options.msg_lev = 0;
        (void)glpk.interior(glpk.problem, &options);
        return glpk.interior_objective(glpk.problem);
    case CLP_DUAL:
        (void)clp.dual(clp.problem, 0);
        return clp.objective(clp.problem);
    case CLP_PRESOLVE:
        (void)clp.presolved(clp.problem);
        return clp.objective(clp.problem);
    case RIVALS:
        break;
    }
    return 0;
}
