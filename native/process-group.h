// The processes that train one network together, as the addon's parts see them. Where libtorch has no Gloo, the addon
// defines none of it, and src/torch/process-group.ts says so.
#pragma once
#include "values.h"

namespace addon {

// Gives JavaScript the functions over process groups, if there are any.
void defineProcessGroup(Napi::Object exports);

}  // namespace addon

#ifdef USE_C10D_GLOO
#include <torch/custom_class.h>

namespace c10d {
class ProcessGroupGloo;
}

namespace addon {

// Every function blocks until all processes of the group have called it, in the same order everywhere.
class ProcessGroup : public torch::CustomClassHolder {
 public:
  ProcessGroup(c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo, c10::intrusive_ptr<c10d::ProcessGroupGloo> gradients);
  ~ProcessGroup() override;

  // Overwrites a contiguous tensor with the sum over all processes: the same bits in each of them.
  void sum(at::Tensor tensor);
  // The processes' tensors, which must have one shape, stacked in the order of their ranks.
  at::Tensor gather(const at::Tensor& tensor);
  // Overwrites a contiguous tensor with that of process 0.
  void broadcast(at::Tensor tensor);
  // Backward from a scalar; gives the parameters the sums of all processes' gradients, which travel in buckets of about
  // `bucketBytes` while backward goes on. They must have none before; a later call overwrites them.
  void backward(const at::Tensor& loss, const std::vector<at::Tensor>& parameters, int64_t bucketBytes);

  // Whether one of these has failed: another process is gone, or did not answer in time.
  bool lost = false;

 private:
  template <typename Work>
  void finish(Work& work);
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo_;
  // Over connections of their own, so that what is small and urgent does not queue up behind the buckets.
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gradients_;
  std::vector<at::Tensor> buffers_;  // of the buckets
};

// Batch norm in training with the statistics of the whole batch, of which every process has a part; also moves the
// running statistics. Gradients of weight and bias are those of the own part, to be summed with all others.
// `counted` false: the own part is there only to go through the motions, and counts for nothing.
at::Tensor syncBatchNorm(c10::intrusive_ptr<ProcessGroup> group, bool counted, const at::Tensor& input,
                         const at::Tensor& weight, const at::Tensor& bias, at::Tensor& runningMean,
                         at::Tensor& runningVar, double momentum, double eps);

}  // namespace addon
#endif
