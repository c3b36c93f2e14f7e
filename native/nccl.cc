// NCCL's collectives between GPUs. In a file of its own, since libtorch's header of them wants those of CUDA and NCCL.
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "process-group.h"

namespace addon {

Connections openNccl(c10::intrusive_ptr<c10d::Store> store, int rank, int size, std::chrono::milliseconds timeout) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(std::move(store), rank, size, std::move(options));
}

void closeNccl(const Connections& connections, bool lost) {
  if (lost) connections->abort();
  else connections->shutdown();
}

}  // namespace addon
#endif
