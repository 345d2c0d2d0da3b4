#include "consumers.h"
