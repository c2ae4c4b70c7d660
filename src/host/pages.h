/* Memory that is not wanted for a while goes back to the system, without being freed.
 *
 * Large buffers are used for moments: while a message comes, a device is asked, a snapshot is
 * handed over. A site has hundreds of them, so what they touched is given back in between. They
 * stay where they are and cost nothing until they are written to again, which takes no call of
 * malloc; what they held is gone. */
#ifndef OHM_HOST_PAGES_H
#define OHM_HOST_PAGES_H

#include <stddef.h>

/* The whole pages inside of these bytes, which are of malloc or calloc: they read as zeros from
 * now on, or as before. What surrounds them is not touched. */
void ohm_pages_give_back(void *memory, size_t len);

/* What was freed after a time of much: malloc keeps it otherwise, for as long as something lies
 * behind it. Walks all that is free: not for every day. */
void ohm_pages_give_back_freed(void);

#endif
